internal import Arguments
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
}
