import Networks

/// A file of the "Python version": a pickled dictionary of pixels and classes, in which nothing is executed.
struct PickledCIFARBatch: CIFARBatch {
  private let classes: [Int]
  private let pixels: [UInt8]

  var count: Int { classes.count }

  private static let advice = "the Python version of CIFAR holds arrays of NumPy and lists"

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - labels: The key of the classes.
  /// - Throws: `ExchangeError` where the file holds no pixels and classes, or more than plain data.
  init(_ path: String, labels: String) throws(ExchangeError) {
    let pickle = try Self.pickle(path)
    let failure = { (expected: String, found: String) in
      ExchangeError(file: path, expected: expected, found: found)
    }
    guard let data = pickle.value(of: "data", in: pickle.root), let array = try pickle.array(data) else {
      throw failure("a dictionary with an array 'data'", "none")
    }
    guard let classes = pickle.value(of: labels, in: pickle.root).flatMap(pickle.integers) else {
      throw failure("a dictionary with a list '\(labels)' of classes", "none")
    }
    let shape: Shape = [classes.count, CIFARVersion.imageShape.count]
    guard array.shape == shape, array.element == .uint8, !array.isFortran else {
      throw failure("bytes of shape \(shape), one row for each class of '\(labels)'", "an array of \(array.shape)")
    }
    self.classes = classes
    pixels = array.bytes
  }

  func records(_ rows: Range<Int>) throws(ExchangeError) -> (labels: [Int], pixels: [UInt8]) {
    let size = CIFARVersion.imageShape.count
    return (Array(classes[rows]), Array(pixels[rows.lowerBound * size..<rows.upperBound * size]))
  }

  /// The names of classes that a file lists under a key.
  static func names(_ key: String, in path: String) throws(ExchangeError) -> [String] {
    let pickle = try pickle(path)
    return pickle.value(of: key, in: pickle.root).flatMap(pickle.items)?.compactMap(\.text) ?? []
  }

  private static func pickle(_ path: String) throws(ExchangeError) -> Pickle {
    var input = PickleInput(try InputFile(path))
    return try Unpickler.read(&input, advice: advice)
  }
}
