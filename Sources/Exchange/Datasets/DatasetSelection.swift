/// Which part of a dataset is read, and what is known about its file beyond what it says itself.
public struct DatasetSelection: Hashable, Sendable {
  /// The split, such as `train` or `test`.
  public var split = "test"
  /// The first example.
  public var offset = 0
  /// At most how many examples; all where nil.
  public var count: Int?
  /// The path of the images in an HDF5 file, in place of its detection.
  public var imagesKey: String?
  /// The path of the labels in an HDF5 file, in place of its detection.
  public var labelsKey: String?
  /// The order of axes of the images in an HDF5 file, in place of its detection.
  public var layout: ImageLayout?
  /// The range of valid pixels in stored units, in place of [0, 1] and of any scaling.
  public var pixelRange: ClosedRange<Float>?

  /// Selects a part of a split.
  public init(split: String = "test", offset: Int = 0, count: Int? = nil) {
    self.split = split
    self.offset = offset
    self.count = count
  }

  /// Whether nothing is said about the file.
  var hasNoOverrides: Bool { imagesKey == nil && labelsKey == nil && layout == nil && pixelRange == nil }

  /// The selected rows of `available`.
  func rows(of available: Int, at place: Dataset.Origin.Place) throws(ExchangeError) -> Range<Int> {
    guard available > 0 else { throw place.error(expected: "at least one example", found: "none") }
    guard (0..<available).contains(offset) else {
      throw place.error(expected: "an offset in 0..<\(available)", found: "\(offset)")
    }
    guard count ?? 1 > 0 else { throw place.error(expected: "a count of at least 1", found: "\(count ?? 0)") }
    return offset..<offset + min(count ?? available, available - offset)
  }
}

extension Dataset {
  /// Reads a part of a dataset: an HDF5 file, or a directory with the IDX files of MNIST, plain or compressed.
  public static func read(
    from path: String, _ selection: DatasetSelection = DatasetSelection()
  ) throws(ExchangeError) -> Dataset {
    InputFile.isDirectory(path)
      ? try IDXDataset(directory: path).read(selection) : try HDF5Dataset.read(path, selection)
  }

  /// The last part of a path without its extension.
  static func name(ofPath path: String) -> String {
    let last = path.split(separator: "/").last ?? "dataset"
    guard let dot = last.lastIndex(of: "."), dot != last.startIndex else { return String(last) }
    return String(last[..<dot])
  }
}
