internal import Exchange
internal import Networks
internal import Reports

/// The directory of `--save-filters`: `0000.png` with the filters as they are drawn at random, `0001.png` after the first
/// epoch.
struct FilterDirectory {
  private let path: String

  /// Makes the directory.
  ///
  /// - Parameters:
  ///   - path: The directory.
  ///   - force: Whether it may hold something already, as that of a run that goes on does.
  /// - Throws: `ExchangeError` where it cannot be made, or holds something already.
  init(_ path: String, force: Bool) throws {
    self.path = path
    try makeEmptyDirectory(path, force: force)
  }

  /// Writes the filters of an epoch.
  ///
  /// - Throws: `ExchangeError` where they cannot be written.
  func write(_ filters: Gallery.Picture, epoch: Int) throws {
    try PlainFile.replace("\(path)/\(padded(epoch, to: 4)).png", with: filters.png)
  }
}
