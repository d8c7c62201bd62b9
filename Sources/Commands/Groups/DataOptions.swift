internal import Arguments
internal import Exchange
internal import Networks

/// Which examples.
struct DataOptions: OptionGroup {
  @Option(
    help: "An HDF5 file or a directory with MNIST's IDX files (default: the UCI digits).", completion: .file)
  var data: String?
  @Option(help: "The split to use.") var split = "test"
  @Option(help: "Use at most this many examples.") var count: Int?
  @Option(help: "Skip this many examples first.") var offset = 0
  @Option(help: "The path of the images in the HDF5 file, instead of detecting it.", valueName: "path")
  var imagesKey: String?
  @Option(help: "The path of the labels in the HDF5 file, instead of detecting it.", valueName: "path")
  var labelsKey: String?
  @Option(help: "The order of axes of the images, instead of detecting it.") var layout: ImageLayout?
  @Option(help: "The range of valid pixels, such as 0:255, instead of 0:1.", valueName: "low:high")
  var pixelRange: PixelRange?
  @Option(help: "Where the data that ships with advlab lies.", completion: .directory)
  var dataDirectory: String?

  func validate() throws {
    guard count ?? 1 > 0 else { throw ValidationError("--count: expected at least 1, found \(count ?? 0).") }
    guard offset >= 0 else { throw ValidationError("--offset: expected at least 0, found \(offset).") }
  }

  func directory() throws -> DataDirectory { try DataDirectory(given: dataDirectory) }

  /// The path of the dataset.
  func path() throws -> String { try data ?? directory().file("digits.h5") }

  /// Reads the examples asked for.
  func load(split: String? = nil) throws -> Dataset {
    var selection = DatasetSelection(split: split ?? self.split, offset: offset, count: count)
    selection.imagesKey = imagesKey
    selection.labelsKey = labelsKey
    selection.layout = layout
    selection.pixelRange = pixelRange?.bounds
    return try Dataset.read(from: path(), selection)
  }
}

extension ImageLayout: ArgumentValue {}

/// `low:high`.
struct PixelRange: ArgumentValue {
  let bounds: ClosedRange<Float>

  init?(argument: String) {
    let ends = argument.split(separator: ":", omittingEmptySubsequences: false).compactMap { Float($0) }
    guard ends.count == 2, ends[0].isFinite, ends[1].isFinite, ends[0] < ends[1] else { return nil }
    bounds = ends[0]...ends[1]
  }

  var argumentText: String { "\(bounds.lowerBound):\(bounds.upperBound)" }
}
