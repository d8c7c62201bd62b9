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

  /// Finds out whether there is room for so many bytes, before hours are spent on them.
  func check(room bytes: Int) throws {
    try DiskSpace.check(for: path, bytes: bytes)
  }

  /// Finds out whether the file can be written, before hours are spent on what is to stand in it. What is there stays.
  func check() throws {
    _ = try AtomicFile(replacing: path)
  }
}

/// Makes a directory where there is none.
func makeDirectory(_ path: String) throws {
  guard mkdir(path, 0o777) != 0, errno != EEXIST else { return }
  throw ExchangeError(
    kind: .cannotWrite, file: path, message: "cannot make the directory: \(String(cString: strerror(errno)))")
}
