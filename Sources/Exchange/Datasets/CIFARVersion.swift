import Networks

/// Which of the datasets, in which of the forms in which they are distributed.
///
/// Another form is another case here and another `CIFARBatch`; everything else about the datasets is the same.
enum CIFARVersion: CaseIterable {
  case binary10
  case binary100
  case pickled10
  case pickled100

  /// The shape of an image.
  static let imageShape: Shape = [3, 32, 32]

  var title: String {
    switch self {
    case .binary10, .pickled10: "CIFAR-10"
    case .binary100, .pickled100: "CIFAR-100"
    }
  }

  var classCount: Int {
    switch self {
    case .binary10, .pickled10: 10
    case .binary100, .pickled100: 100
    }
  }

  /// The names of the files of each split.
  var batches: [String: [String]] {
    switch self {
    case .binary10: ["train": (1...5).map { "data_batch_\($0).bin" }, "test": ["test_batch.bin"]]
    case .binary100: ["train": ["train.bin"], "test": ["test.bin"]]
    case .pickled10: ["train": (1...5).map { "data_batch_\($0)" }, "test": ["test_batch"]]
    case .pickled100: ["train": ["train"], "test": ["test"]]
    }
  }

  /// Opens a file of a split.
  func batch(_ path: String) throws(ExchangeError) -> any CIFARBatch {
    switch self {
    case .binary10: try BinaryCIFARBatch(path, labelBytes: 1)
    // One of 20 coarse classes, then the fine class.
    case .binary100: try BinaryCIFARBatch(path, labelBytes: 2)
    case .pickled10: try PickledCIFARBatch(path, labels: "labels")
    case .pickled100: try PickledCIFARBatch(path, labels: "fine_labels")
    }
  }

  /// Whether a directory holds any of the files. The names of CIFAR-100's are those of many other files, so there the
  /// size has to fit.
  func isPresent(in directory: String) -> Bool {
    let paths = batches.values.joined().map { "\(directory)/\($0)" }.filter(InputFile.exists)
    switch self {
    case .binary10, .pickled10: return !paths.isEmpty
    case .binary100: return paths.contains { (try? batch($0)) != nil }
    // Folders of images have these names too.
    case .pickled100: return paths.contains { !InputFile.isDirectory($0) } && InputFile.exists("\(directory)/meta")
    }
  }

  /// The names of the classes, where the file with them is there and readable.
  func classNames(in directory: String) -> [String]? {
    let names: [String]? =
      switch self {
      case .binary10: Self.lines(of: "\(directory)/batches.meta.txt")
      case .binary100: Self.lines(of: "\(directory)/fine_label_names.txt")
      case .pickled10: try? PickledCIFARBatch.names("label_names", in: "\(directory)/batches.meta")
      case .pickled100: try? PickledCIFARBatch.names("fine_label_names", in: "\(directory)/meta")
      }
    return names?.count == classCount ? names : nil
  }

  private static func lines(of path: String) -> [String]? {
    guard let file = try? InputFile(path), let bytes = try? file.read(atMost: 1 << 16) else { return nil }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
  }
}

/// One file of CIFAR-10 or CIFAR-100.
protocol CIFARBatch {
  /// The number of images.
  var count: Int { get }

  /// The classes of some of the images, one number each, and their pixels: 3·32·32 bytes each, channels first.
  func records(_ rows: Range<Int>) throws(ExchangeError) -> (labels: [Int], pixels: [UInt8])
}

/// A file of the "binary version": records of one or two bytes of classes, the last of which counts, and the pixels.
struct BinaryCIFARBatch: CIFARBatch {
  let count: Int
  private let file: InputFile
  private let labelBytes: Int
  private let recordBytes: Int

  init(_ path: String, labelBytes: Int) throws(ExchangeError) {
    file = try InputFile(path)
    self.labelBytes = labelBytes
    recordBytes = labelBytes + CIFARVersion.imageShape.count
    guard file.size > 0, file.size.isMultiple(of: recordBytes) else {
      throw ExchangeError(file: path, expected: "records of \(recordBytes) bytes", found: "\(file.size) bytes")
    }
    count = file.size / recordBytes
  }

  func records(_ rows: Range<Int>) throws(ExchangeError) -> (labels: [Int], pixels: [UInt8]) {
    let wanted = rows.count * recordBytes
    let bytes = try file.read(atMost: wanted, from: rows.lowerBound * recordBytes)
    guard bytes.count == wanted else {
      throw ExchangeError(file: file.path, expected: "\(wanted) bytes", found: "\(bytes.count)")
    }
    let starts = stride(from: 0, to: wanted, by: recordBytes)
    return (
      starts.map { Int(bytes[$0 + labelBytes - 1]) },
      starts.flatMap { bytes[$0 + labelBytes..<$0 + recordBytes] }
    )
  }
}
