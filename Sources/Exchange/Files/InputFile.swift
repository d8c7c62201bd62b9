import Glibc
import Wording

/// A file that is read as plain bytes, open as long as anything refers to it.
final class InputFile: Sendable {
  let path: String
  /// The bytes of the file when it was opened.
  var size: Int { stamp.size }
  /// What it was like when it was opened.
  let stamp: FileStamp

  private let descriptor: Int32

  /// Opens a regular file.
  init(_ path: String) throws(ExchangeError) {
    let failure = { @Sendable (message: String) in ExchangeError(kind: .missing, file: path, message: message) }
    guard !path.isEmpty, !path.utf8.contains(0) else { throw failure("no file has such a path") }
    // Non-blocking, so that a named pipe is refused below and not waited for.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(systemMessage(errno)) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      let isDirectory = status.st_mode & S_IFMT == S_IFDIR
      close(descriptor)
      throw failure("expected a file, found \(isDirectory ? "a directory" : "something else")")
    }
    self.path = path
    self.descriptor = descriptor
    stamp = FileStamp(status)
  }

  deinit {
    close(descriptor)
  }

  /// Whether the file has the same size and modification time as when it was opened.
  var isUnchanged: Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && FileStamp(status) == stamp
  }

  /// Whether there is a directory at the path.
  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return !path.utf8.contains(0) && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether there is anything at the path.
  static func exists(_ path: String) -> Bool {
    !path.utf8.contains(0) && access(path, F_OK) == 0
  }

  /// The next bytes, at most `count`; none at the end of the file.
  func read(atMost count: Int) throws(ExchangeError) -> [UInt8] {
    try bytes(atMost: count) { Glibc.read(descriptor, $0, $1) }
  }

  /// At most `count` bytes from an offset; the position of `read(atMost:)` does not change.
  func read(atMost count: Int, from offset: Int) throws(ExchangeError) -> [UInt8] {
    var position = offset
    return try bytes(atMost: count) { buffer, count in
      let result = pread(descriptor, buffer, count, off_t(position))
      position += max(result, 0)
      return result
    }
  }

  private func bytes(
    atMost count: Int, _ next: (UnsafeMutablePointer<UInt8>?, Int) -> Int
  ) throws(ExchangeError) -> [UInt8] {
    // No memory for bytes that a file does not have.
    let count = min(count, size)
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while initialized < count {
        let result = next(buffer.baseAddress.map { $0 + initialized }, count - initialized)
        if result < 0, errno == EINTR { continue }
        if result < 0 { code = errno }
        if result <= 0 { return }
        initialized += result
      }
    }
    guard code == 0 else { throw ExchangeError(kind: .missing, file: path, message: systemMessage(code)) }
    return bytes
  }
}

/// By what a file is known to be the same, and unchanged, without being read.
struct FileStamp: Hashable {
  /// The bytes of the file.
  let size: Int
  private let device: UInt
  private let node: UInt
  private let seconds: Int
  private let nanoseconds: Int

  fileprivate init(_ status: stat) {
    size = Int(status.st_size)
    (device, node) = (status.st_dev, status.st_ino)
    (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
  }

  /// The stamp of the file at a path.
  ///
  /// - Throws: `ExchangeError` where there is none.
  init(ofFile path: String) throws(ExchangeError) {
    var status = stat()
    guard !path.utf8.contains(0), stat(path, &status) == 0 else {
      throw ExchangeError(kind: .missing, file: path, message: systemMessage(errno))
    }
    self.init(status)
  }
}
