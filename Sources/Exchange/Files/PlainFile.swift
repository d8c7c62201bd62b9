import Glibc
import HDF5
import Wording

/// Writing a file of plain bytes as a whole: it is put in place when all of it is on the disk. Until then, and on any
/// failure, an existing file stays.
package enum PlainFile {
  /// Writes a file, replacing an existing one and keeping its permissions.
  package static func replace(_ path: String, with bytes: [UInt8]) throws(ExchangeError) {
    let target = resolved(path)
    try place(bytes, beside: target, for: path) { rename($0, target) }
  }

  /// Writes a file where there is none.
  package static func create(_ path: String, with bytes: [UInt8]) throws(ExchangeError) {
    try place(bytes, beside: path, for: path) { temporary in
      if link(temporary, path) == 0 { return unlink(temporary) }
      // Some file systems have no hard links.
      guard errno != EEXIST, access(path, F_OK) != 0 else {
        errno = EEXIST
        return -1
      }
      return rename(temporary, path)
    }
  }

  /// `move` gives the finished file its name; 0, or −1 with the system's number of what failed.
  private static func place(
    _ bytes: [UInt8], beside target: String, for path: String, _ move: (String) -> Int32
  ) throws(ExchangeError) {
    let temporary: String
    let descriptor: Int32
    do throws(SystemError) {
      (temporary, descriptor) = try TemporaryFiles.create(beside: target)
    } catch {
      throw failure(path, error.code)
    }
    var code = fill(descriptor, bytes)
    close(descriptor)
    if code == 0, move(temporary) != 0 { code = errno }
    guard code == 0 else {
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

  /// Writes all bytes to the disk; 0, or the system's number of what failed.
  private static func fill(_ descriptor: Int32, _ bytes: [UInt8]) -> Int32 {
    let code = write(bytes, to: descriptor)
    return code != 0 || fsync(descriptor) == 0 ? code : errno
  }

  /// Writes all bytes to an open file; 0, or the system's number of what failed.
  static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var position = 0
    while position < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(descriptor, buffer.baseAddress.map { $0 + position }, buffer.count - position)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return errno }
      position += count
    }
    return 0
  }

  private static func failure(_ path: String, _ code: Int32) -> ExchangeError {
    ExchangeError(kind: .cannotWrite, file: path, message: "cannot write the file: \(systemMessage(code))")
  }
}
