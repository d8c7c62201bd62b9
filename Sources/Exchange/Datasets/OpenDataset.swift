import Networks

/// A part of a dataset that has been opened and understood. Its examples are read a range at a time, so that they need not
/// fit into memory; ranges in ascending order are read fastest.
package struct OpenDataset {
  /// Reads examples of the split; rows are those selected.
  typealias Reading = (_ rows: Range<Int>) throws -> (images: Tensor<Float>, labels: [Int])

  /// What is said of the examples, whichever are read.
  struct Head {
    let name: String
    let split: String
    let imageShape: Shape
    let classCount: Int
    var classNames: [String]?
    let pixelRange: PixelBox
    let pixelDivisor: Float
    let digest: FileDigest
    let detection: String
    var areRows = false
    let origin: Dataset.Origin
  }

  /// Where it is, as it was named.
  var path: String
  private let head: Head
  private let rows: Range<Int>
  private let reading: Reading

  /// Some rows of an open file.
  ///
  /// - Parameters:
  ///   - rows: The rows of the split that are selected.
  ///   - labels: Their classes, where they are known without the images, so that a wrong one is found at once.
  ///   - head: What is said of them.
  ///   - reading: Reads some of the rows.
  /// - Throws: `ExchangeError` where a label is none of the classes.
  init(
    _ rows: Range<Int>, labels: ArraySlice<Int>?, _ head: Head, reading: @escaping Reading
  ) throws(ExchangeError) {
    (path, self.head, self.rows, self.reading) = (head.origin.images.file, head, rows, reading)
    guard let labels else { return }
    try DatasetCheck(origin: head.origin, ids: Array(rows))
      .labels(Array(labels), classCount: head.classCount, classNames: head.classNames)
  }

  /// The number of examples.
  package var count: Int { rows.count }

  /// What a network for them is asked to be for.
  package var form: DataForm { DataForm(imageShape: head.imageShape, classCount: head.classCount) }

  /// Reads a range of the examples.
  ///
  /// - Parameter range: Some of `0..<count`.
  /// - Returns: Them, checked.
  /// - Throws: `ExchangeError` where they cannot be read, or a pixel is not in its range.
  package func examples(_ range: Range<Int>) throws(ExchangeError) -> Dataset {
    try exchanging(path) {
      let rows = rows.lowerBound + range.lowerBound..<rows.lowerBound + range.upperBound
      let (images, labels) = try reading(rows)
      var dataset = try Dataset(
        name: head.name, split: head.split, images: images, labels: labels, ids: Array(rows),
        classCount: head.classCount, classNames: head.classNames, pixelRange: head.pixelRange, digest: head.digest,
        detection: head.detection, areRows: head.areRows, origin: head.origin)
      dataset.pixelDivisor = head.pixelDivisor
      dataset.path = path
      return dataset
    }
  }
}

extension OpenDataset {
  /// Opens a part of a dataset: an HDF5 file, a NumPy archive or array, or a directory with NumPy arrays, with the IDX
  /// files of MNIST, with the binary batches of CIFAR-10 or CIFAR-100, or with a folder of PNG and JPEG images for each
  /// class.
  ///
  /// - Parameters:
  ///   - path: The file or directory.
  ///   - selection: Which part of it, and how it is understood.
  /// - Throws: `ExchangeError`.
  package init(_ path: String, _ selection: DatasetSelection) throws(ExchangeError) {
    self = try Self.opening(path, selection)
    self.path = path
  }

  private static func opening(_ path: String, _ selection: DatasetSelection) throws(ExchangeError) -> OpenDataset {
    try ForeignFile.refuse(path, as: .dataset)
    if InputFile.isDirectory(path) { return try opening(directory: Dataset.trimmed(path), selection) }
    return try exchanging(path) {
      let isAlone = selection.labelsFile == nil && selection.imagesKey == nil
      if isAlone, try NumPyFiles.isArray(path) {
        let (images, labels) = try NumPyFiles.pair(path, split: selection.split)
        return try ArrayDataset(path, images: images, labels: labels).open(selection)
      }
      return try ArrayDataset(ofFile: path).open(selection)
    }
  }

  private static func opening(
    directory path: String, _ selection: DatasetSelection
  ) throws(ExchangeError) -> OpenDataset {
    if let batches = CIFARDataset(directory: path) { return try batches.open(selection) }
    let images = IDXDataset(directory: path)
    if images.isPresent { return try images.open(selection) }
    let arrays = try ArrayDataset(directory: path)
    if !arrays.names.isEmpty { return try exchanging(path) { try arrays.open(selection) } }
    guard ImageFolders.isPresent(in: path) else {
      throw ExchangeError(
        kind: .missing, file: path,
        message: "expected the IDX files of MNIST, the binary batches of CIFAR, NumPy arrays, or a folder of PNG and "
          + "JPEG images for each class, found none of them")
    }
    return try exchanging(path) { try ImageFolderDataset(directory: path).open(selection) }
  }
}
