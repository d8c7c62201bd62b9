import HDF5
import Networks

/// The description of a dataset in its file.
public struct DatasetDescription: Hashable, Sendable {
  /// What it is.
  public var title: String
  /// Where it comes from: authors, year, identifier, or how it was made.
  public var source: String
  /// The terms under which it may be used.
  public var license: String

  /// Creates a description.
  public init(title: String, source: String, license: String) {
    self.title = title
    self.source = source
    self.license = license
  }
}

/// How pixels are stored.
public enum PixelStorage: Hashable, Sendable {
  /// As they are, in single precision.
  case float32
  /// As whole numbers 0 to 255 that stand for [0, 1]; pixels between two of them are refused, not rounded.
  case uint8
}

extension Dataset {
  /// Under which name the names of classes are written.
  static let classNamesKey = "class_names"

  /// Names of classes as far as they are written: not where there are more than an attribute of HDF5 holds, which are
  /// 64 KiB of 16 bytes for each.
  static func writable(_ names: [String]?) -> [String]? { names.flatMap { $0.count <= 4000 ? $0 : nil } }

  /// Writes both splits of a dataset as HDF5: `x_train` and `x_test` of shape N×C×H×W or N×D with the attribute `layout`, `y_train`
  /// and `y_test`, and at the root title, source, licence and classes.
  public static func write(
    train: Dataset, test: Dataset, to path: String, as pixels: PixelStorage = .float32,
    description: DatasetDescription, provenance: Provenance = Provenance()
  ) throws(ExchangeError) {
    try exchanging(path) {
      guard train.classCount == test.classCount, train.classNames == test.classNames,
        train.pixelRange == test.pixelRange, train.imageShape == test.imageShape
      else {
        throw ExchangeError(
          kind: .cannotWrite, file: path,
          message: "expected two splits of the same classes, pixel range and image shape, found different ones")
      }
      try write([("_train", train), ("_test", test)], to: path, as: pixels, description, provenance)
    }
  }

  /// Writes a dataset that has no splits: the same with `x` and `y`.
  public func write(
    to path: String, as pixels: PixelStorage = .float32, description: DatasetDescription,
    provenance: Provenance = Provenance()
  ) throws(ExchangeError) {
    try exchanging(path) { try Self.write([("", self)], to: path, as: pixels, description, provenance) }
  }

  private static func write(
    _ parts: [(suffix: String, dataset: Dataset)], to path: String, as pixels: PixelStorage,
    _ description: DatasetDescription, _ provenance: Provenance
  ) throws {
    try File.write(atomicallyTo: path) { root in
      try provenance.write(.dataset, to: root.attributes)
      try root.attributes.set("title", to: description.title)
      try root.attributes.set("source", to: description.source)
      try root.attributes.set("license", to: description.license)
      if let dataset = parts.first?.dataset {
        try root.attributes.set("class_count", to: dataset.classCount)
        if let names = writable(dataset.classNames) { try root.attributes.set(classNamesKey, to: names) }
      }
      for (suffix, dataset) in parts {
        try dataset.write("x\(suffix)", pixels, to: root, file: path)
        try dataset.writeLabels("y\(suffix)", to: root)
      }
    }
  }

  private func write(_ name: String, _ storage: PixelStorage, to root: Group, file: String) throws {
    let shape = images.shape.extents
    let written: HDF5Dataset
    switch storage {
    case .float32:
      written = try root.write(name, images.scalars, shape: shape, storage: .compressed())
      try written.attributes.set("pixel_range", to: self.pixelRange)
    case .uint8:
      written = try root.write(name, try bytes(for: name, file: file), shape: shape, storage: .compressed())
    }
    try written.attributes.set("layout", to: ImageLayout(of: images).rawValue)
  }

  private func writeLabels(_ name: String, to root: Group) throws {
    // Bytes where they suffice, as in the originals of most datasets.
    if self.classCount <= 256 {
      try root.write(name, labels.map { UInt8(truncatingIfNeeded: $0) })
    } else {
      try root.write(name, labels.map(Int64.init))
    }
  }

  private func bytes(for name: String, file: String) throws(ExchangeError) -> [UInt8] {
    guard self.pixelRange == 0...1 else {
      throw ExchangeError(
        kind: .cannotWrite, file: file, object: "/\(name)",
        message: "expected pixels in [0, 1] to store as uint8, found the range \(self.pixelRange)")
    }
    var result: [UInt8] = []
    result.reserveCapacity(images.scalars.count)
    for (index, pixel) in images.scalars.enumerated() {
      let byte = UInt8((pixel * 255).rounded())
      guard Float(byte) / 255 == pixel else {
        throw ExchangeError(
          kind: .cannotWrite, file: file, object: "/\(name)", example: ids[index / images.exampleSize],
          message: "expected multiples of 1/255 to store as uint8, found \(pixel)")
      }
      result.append(byte)
    }
    return result
  }
}
