internal import Arguments
internal import Exchange
internal import Hyperparameters
internal import Networks
internal import Reports
internal import Training

/// Which examples.
struct DataOptions: OptionGroup {
  static let title = "Data"

  @Option(
    help: """
      An HDF5 or NumPy file, or a directory with MNIST's or CIFAR's files or with a folder of PNG or JPEG images for each \
      class (default: the UCI digits).
      """,
    completion: .file)
  var data: String?
  @Option(help: "The split to use (default: test, or the only one there is; to train on: train).") var split: String?
  @Option(help: "Use at most this many examples.") var count: Int?
  @Option(help: "Skip this many examples first.") var offset = 0
  var layout = DataLayoutOptions()
  @Option(help: "Where the data that ships with advlab lies.", valueName: "path", completion: .directory)
  var dataDirectory: String?

  func validate() throws {
    if let count { try require(count > 0, "count", "at least 1", count) }
    try require(offset >= 0, "offset", "at least 0", offset)
  }

  /// The path of the dataset.
  func path() throws -> String { try data ?? DataDirectory(given: dataDirectory).file("digits.h5") }

  /// The files and directories that are read.
  var inputs: [String] { [try? path(), layout.labelsFile].compactMap { $0 } }

  /// Opens the examples asked for, of the test split where nothing else is said.
  func open(_ reading: ReadingOptions, defaultSplit: String = "test") throws -> StoredExamples {
    var selection = layout.selection(split: split ?? defaultSplit, offset: offset, count: count)
    // Training must never use test images unless they are asked for.
    selection.takesOnlySplit = split == nil && defaultSplit == "test"
    return try open(reading, selection)
  }

  /// Opens all of a split.
  func open(_ reading: ReadingOptions, whole split: String) throws -> StoredExamples {
    try open(reading, layout.selection(split: split))
  }

  /// Reads the first images of the training split, or of the only one that there is, in the shape and range that a network
  /// takes: to fit something to them.
  func load(_ reading: ReadingOptions, toFit count: Int, for input: NetworkInput) throws -> Dataset {
    var selection = layout.selection(split: "train", count: count)
    selection.takesOnlySplit = true
    return try input.fitting(open(reading, selection).all())
  }

  /// Reads all of a split in the shape and range that a network takes.
  func load(_ reading: ReadingOptions, whole split: String, for input: NetworkInput) throws -> Dataset {
    try input.fitting(open(reading, whole: split).all())
  }

  /// The settings that decide which images a model is trained on.
  func settings(of data: DatasetProperties, _ validation: Double) -> [TrainingSetting] {
    [
      TrainingSetting("data_sha256", .text(data.sha256 ?? "unknown")), TrainingSetting("split", .text(data.split)),
      TrainingSetting("images", .integer(data.count)), TrainingSetting("offset", .integer(offset)),
      TrainingSetting("validation", .number(validation)),
      TrainingSetting("images_key", .text(layout.imagesKey ?? "found")),
      TrainingSetting("labels_key", .text(layout.labelsKey ?? "found")),
      TrainingSetting("layout", .text(layout.layout?.rawValue ?? "found")),
      TrainingSetting("pixel_range", .text("\(data.pixelRange)")),
      TrainingSetting("label_ten_is_zero", .flag(layout.labelTenIsZero)),
    ]
  }

  private func open(_ reading: ReadingOptions, _ selection: DatasetSelection) throws -> StoredExamples {
    let path = try path()
    return try reader(reading, of: path).examples(path, selection)
  }

  private func reader(_ reading: ReadingOptions, of path: String) -> Reader {
    data == nil ? reading.reader().ofShipped(path) : reading.reader()
  }
}

/// How a dataset is understood, instead of what its file states or what is detected.
struct DataLayoutOptions: OptionGroup {
  static let title = "Data"

  @Option(help: "The path of the images in the HDF5 file, instead of detecting it.", valueName: "path")
  var imagesKey: String?
  @Option(help: "The path of the labels in the HDF5 file, instead of detecting it.", valueName: "path")
  var labelsKey: String?
  @Option(
    help: "The file of the labels, where the data has none: HDF5, NumPy, or a text with a whole number on each line.",
    valueName: "file", completion: .file)
  var labelsFile: String?
  @Option(help: "The order of axes of the images, instead of detecting it.") var layout: ImageLayout?
  @Option(
    help: """
      The range of valid pixels as they are stored, such as 0:255 or -1:1, or one for each channel with commas between; \
      bytes are then not divided by 255.
      """, valueName: "low:high")
  var pixelRange: PixelRange?
  @Flag(help: "Take label 10 for the digit 0, as the SVHN dataset means it.") var labelTenIsZero: Bool

  func validate() throws {
    guard (imagesKey == nil) == (labelsKey == nil) || labelsFile != nil else {
      throw ValidationError("--images-key and --labels-key go together unless --labels-file is given.")
    }
  }

  /// A part of a split, understood in this way.
  func selection(split: String, offset: Int = 0, count: Int? = nil) -> DatasetSelection {
    var selection = DatasetSelection(split: split, offset: offset, count: count)
    selection.imagesKey = imagesKey
    selection.labelsKey = labelsKey
    selection.labelsFile = labelsFile
    selection.layout = layout
    selection.pixelRange = pixelRange?.bounds
    selection.labelTenIsZero = labelTenIsZero
    return selection
  }
}

/// In any case, and without the N: `nhwc`, `hwc`.
extension ImageLayout: ArgumentValue {
  package init?(argument: String) {
    let name = argument.uppercased()
    guard let layout = Self(rawValue: name) ?? Self(rawValue: "N" + name) else { return nil }
    self = layout
  }
}

/// `low:high`, or one such range for each channel with commas between.
struct PixelRange: ArgumentValue {
  /// So that `-1:1` is taken for a range rather than for an option.
  static let isNumeric = true
  let bounds: PixelBox

  init(argument: String) throws {
    let words = argument.split(separator: ",", omittingEmptySubsequences: false)
    let ranges = words.compactMap(Self.range)
    guard ranges.count == words.count, let bounds = PixelBox(channels: ranges) else {
      throw InvalidValue(
        description: "expected two rising numbers such as 0:255 or -1:1, or two for each channel such as 0:1,-1:1,0:2")
    }
    self.bounds = bounds
  }

  private static func range(_ text: Substring) -> ClosedRange<Float>? {
    let ends = text.split(separator: ":", omittingEmptySubsequences: false).compactMap { Float($0) }
    guard ends.count == 2, ends[0].isFinite, ends[1].isFinite, ends[0] < ends[1] else { return nil }
    return ends[0]...ends[1]
  }

  var argumentText: String { bounds.ranges.map { "\($0.lowerBound):\($0.upperBound)" }.joined(separator: ",") }
}

extension PixelBox {
  /// The one range of all pixels, for an option that knows no other.
  ///
  /// - Throws: `ValidationError` where channels have their own.
  func oneRange(for option: String) throws(ValidationError) -> ClosedRange<Float> {
    guard let uniform else {
      throw ValidationError(
        "\(option): expected pixels with one range for all channels, found \(NumberFormat.interval(self)); keep pixels "
          + "from 0 to 1 and let the network normalise them.")
    }
    return uniform
  }
}
