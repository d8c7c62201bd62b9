public import Networks

/// Which part of a dataset is read, and what the user states about its file.
public struct DatasetSelection: Hashable, Sendable, Codable {
  /// The split, such as `train` or `test`.
  public var split = "test"
  /// Whether the only split of a file is read where it is not the default split.
  public var takesOnlySplit = false
  /// The first example.
  public var offset = 0
  /// At most how many examples; all where nil.
  public var count: Int?
  /// The name or path of the array of images, in place of its detection.
  public var imagesKey: String?
  /// The name or path of the array of labels, in place of its detection.
  public var labelsKey: String?
  /// The file of the labels, where they are not in that of the images.
  public var labelsFile: String?
  /// The order of the axes of the images, in place of its detection.
  public var layout: ImageLayout?
  /// The range of valid pixels in stored units, or that of each channel, in place of [0, 1] and of any scaling.
  public var pixelRange: PixelBox?
  /// Whether labels run from 1 to 10 and 10 stands for the digit 0, as in SVHN.
  public var labelTenIsZero = false

  /// Selects a part of a split.
  public init(split: String = "test", offset: Int = 0, count: Int? = nil) {
    self.split = split
    self.offset = offset
    self.count = count
  }

  /// Refuses keys, layout and labels for a fixed format, where only the pixel range is open.
  func checkNoOverrides(at place: Dataset.Origin.Place) throws(ExchangeError) {
    guard imagesKey == nil, labelsKey == nil, labelsFile == nil, layout == nil, !labelTenIsZero else {
      throw place.error(
        expected: "an HDF5 or NumPy file where keys, layout or labels are explained",
        found: "a directory of a fixed format")
    }
  }

  /// The split that is read out of several, with a remark where it is not the one named; nil where there is none.
  func split(among splits: [String]) -> (name: String, remark: String?)? {
    if splits.contains(split) { return (split, nil) }
    guard takesOnlySplit, splits.count == 1 else { return nil }
    return (splits[0], "\(splits[0]) is the only split")
  }

  /// The selected rows of `available`.
  func rows(of available: Int, at place: Dataset.Origin.Place) throws(ExchangeError) -> Range<Int> {
    guard available > 0 else { throw place.error(expected: "at least one example", found: "none") }
    // Here the request is wrong, not the file.
    func refusal(_ expected: String, _ found: Int) -> ExchangeError {
      ExchangeError(
        kind: .request, file: place.file, object: place.object, message: "expected \(expected), found \(found)")
    }
    guard (0..<available).contains(offset) else { throw refusal("an offset in 0..<\(available)", offset) }
    if let count, count < 1 { throw refusal("a count of at least 1", count) }
    return offset..<offset + min(count ?? available, available - offset)
  }
}

extension Dataset {
  /// Reads a part of a dataset: an HDF5 file, a NumPy archive or array, or a directory with NumPy arrays, with the IDX
  /// files of MNIST, with the binary batches of CIFAR-10 or CIFAR-100, or with a folder of PNG and JPEG images for each
  /// class. Only the rows selected are held in memory.
  public static func read(
    from path: String, _ selection: DatasetSelection = DatasetSelection()
  ) throws(ExchangeError) -> Dataset {
    let open = try OpenDataset(path, selection)
    return try open.examples(0..<open.count)
  }

  /// Whether there is data at a path in another form than HDF5: NumPy's files, or a directory of a supported form.
  public static func isOtherThanHDF5(_ path: String) -> Bool {
    guard InputFile.isDirectory(path) else {
      return (try? NumPyFiles.isArray(path)) == true
        || (try? NumPyFiles.isArchive(path)) == true && ForeignFile.recognized(at: path) == .npz
    }
    let directory = trimmed(path)
    return CIFARDataset.isPresent(in: directory) || IDXDataset(directory: directory).isPresent
      || !((try? NumPyFiles.names(inDirectory: directory)) ?? []).isEmpty || ImageFolders.isPresent(in: directory)
  }

  /// A directory without the slashes at its end, so that paths in it have only one.
  static func trimmed(_ directory: String) -> String {
    var directory = directory[...]
    while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
    return String(directory)
  }

  /// The last part of a path without its extension.
  static func name(ofPath path: String) -> String {
    let last = path.split(separator: "/").last ?? "dataset"
    guard let dot = last.lastIndex(of: "."), dot != last.startIndex else { return String(last) }
    return String(last[..<dot])
  }
}
