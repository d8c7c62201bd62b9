import Glibc
import HDF5

/// A zip archive being put together: entries stored as they are, as Keras stores them.
package struct ZipWriter {
  /// Starts an empty archive.
  package init() {}

  private var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count: UInt16 = 0

  /// 1 January 1980, the first day the format knows: the same content gives the same bytes.
  private static let date: UInt16 = 0x21

  /// Adds an entry.
  package mutating func append(_ name: String, _ content: [UInt8], path: String) throws(ExchangeError) {
    let sum = checksum(content)
    let offset = bytes.count
    guard content.count + bytes.count < 0xFFFF_0000 else {
      throw ExchangeError(
        kind: .cannotWrite, file: path, message: "a zip archive holds less than 4 GiB; choose another format")
    }
    let common =
      littleEndian(UInt16(20)) + littleEndian(UInt16(0)) + littleEndian(UInt16(0)) + littleEndian(UInt16(0))
      + littleEndian(Self.date) + littleEndian(sum) + littleEndian(UInt32(content.count))
      + littleEndian(UInt32(content.count)) + littleEndian(UInt16(name.utf8.count)) + littleEndian(UInt16(0))
    bytes += ZipArchive.signature + common + name.utf8
    bytes += content
    directory += ZipArchive.directorySignature + littleEndian(UInt16(20)) + common
    directory += littleEndian(UInt16(0)) + littleEndian(UInt16(0)) + littleEndian(UInt16(0)) + littleEndian(UInt32(0))
    directory += littleEndian(UInt32(offset)) + name.utf8
    count += 1
  }

  /// The archive.
  package func finished() -> [UInt8] {
    bytes + directory + ZipArchive.endSignature + littleEndian(UInt32(0)) + littleEndian(count) + littleEndian(count)
      + littleEndian(UInt32(directory.count)) + littleEndian(UInt32(bytes.count)) + littleEndian(UInt16(0))
  }

  private func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

/// Writing plain bytes.
enum OutputFile {
  /// Writes a file as a whole: whatever is at the path is replaced when all is on the disk, and stays otherwise.
  static func write(_ bytes: [UInt8], to path: String) throws(ExchangeError) {
    let target = resolved(path)
    let temporary = sibling(of: target)
    TemporaryFiles.add(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      let code = errno
      TemporaryFiles.forget(temporary)
      throw failure(path, code)
    }
    let code = fill(descriptor, bytes)
    close(descriptor)
    guard code == 0 else {
      TemporaryFiles.remove(temporary)
      throw failure(path, code)
    }
    guard rename(temporary, target) == 0 else {
      let code = errno
      TemporaryFiles.remove(temporary)
      throw failure(path, code)
    }
    TemporaryFiles.forget(temporary)
  }

  /// The file that symbolic links lead to: it is replaced, and not the link.
  private static func resolved(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// A name beside the file that nothing has.
  static func sibling(of path: String) -> String {
    var components = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let name = components.popLast() ?? ""
    components.append(".\(name.prefix(100)).\(String(UInt64.random(in: .min ... .max), radix: 36)).partial")
    return components.joined(separator: "/")
  }

  /// Writes all bytes to the disk; 0, or the system's number of what failed.
  private static func fill(_ descriptor: Int32, _ bytes: [UInt8]) -> Int32 {
    var position = 0
    while position < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(descriptor, buffer.baseAddress.map { $0 + position }, buffer.count - position)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return errno }
      position += count
    }
    return fsync(descriptor) == 0 ? 0 : errno
  }

  private static func failure(_ path: String, _ code: Int32) -> ExchangeError {
    ExchangeError(kind: .cannotWrite, file: path, message: systemMessage(code))
  }
}
