internal import Arguments
internal import Exchange
internal import Glibc
internal import HDF5

/// The path that `--output` names.
struct OutputFile: ArgumentValue, Hashable {
  let path: String

  init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    path = argument
  }

  var argumentText: String { path }

  /// Finds out whether the file can be written, before hours are spent on what is to stand in it. What is there stays.
  func check() throws {
    _ = try AtomicFile(replacing: path)
  }

  /// Writes a text where there is no file yet: one that is there may have been filled in by hand.
  func write(text: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(errno) }
    defer { close(descriptor) }
    var bytes = Array((text.hasSuffix("\n") ? text : text + "\n").utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure(errno) }
      bytes = bytes.dropFirst(count)
    }
  }

  private func failure(_ code: Int32) -> ExchangeError {
    ExchangeError(kind: .cannotWrite, file: path, message: "cannot write the file: \(String(cString: strerror(code)))")
  }
}

/// Makes a directory where there is none.
func makeDirectory(_ path: String) throws {
  guard mkdir(path, 0o777) != 0, errno != EEXIST else { return }
  throw ExchangeError(
    kind: .cannotWrite, file: path, message: "cannot make the directory: \(String(cString: strerror(errno)))")
}
