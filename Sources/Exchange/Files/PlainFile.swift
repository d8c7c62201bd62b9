import Glibc
import HDF5

/// Writing a file of plain bytes as a whole: it is put in place when all of it is on the disk. Until then, and where
/// anything fails, what is at the path stays.
package enum PlainFile {
  /// Writes a file in the place of whatever is there, which hands on its permissions.
  package static func replace(_ path: String, with bytes: [UInt8]) throws(ExchangeError) {
    let target = resolved(path)
    var status = stat()
    let mode = stat(target, &status) == 0 ? status.st_mode & 0o7777 : nil
    try place(bytes, beside: target, mode: mode, for: path) { rename($0, target) }
  }

  /// Writes a file where there is none.
  package static func create(_ path: String, with bytes: [UInt8]) throws(ExchangeError) {
    try place(bytes, beside: path, mode: nil, for: path) { temporary in
      if link(temporary, path) == 0 { return unlink(temporary) }
      // Some file systems have no second names for a file.
      guard errno != EEXIST, access(path, F_OK) != 0 else {
        errno = EEXIST
        return -1
      }
      return rename(temporary, path)
    }
  }

  /// A name beside the file that nothing has.
  static func sibling(of path: String) -> String {
    var components = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let name = components.popLast() ?? ""
    components.append(".\(name.prefix(100)).\(String(UInt64.random(in: .min ... .max), radix: 36)).partial")
    return components.joined(separator: "/")
  }

  /// `move` gives the finished file its name; 0, or −1 with the system's number of what failed.
  private static func place(
    _ bytes: [UInt8], beside target: String, mode: mode_t?, for path: String, _ move: (String) -> Int32
  ) throws(ExchangeError) {
    let temporary = sibling(of: target)
    TemporaryFiles.add(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      let code = errno
      TemporaryFiles.forget(temporary)
      throw failure(path, code)
    }
    if let mode { _ = fchmod(descriptor, mode) }
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
    ExchangeError(kind: .cannotWrite, file: path, message: "cannot write the file: \(systemMessage(code))")
  }
}
