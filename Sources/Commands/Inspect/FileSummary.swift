internal import Exchange
internal import HDF5
internal import Networks
internal import Reports

/// The tree of any HDF5 file, the arrays of any NumPy archive, or the tensors of a file of weights, for `inspect`.
struct FileSummary: Encodable {
  struct Entry: Encodable {
    let path: String
    let kind: String
    let shape: [Int]?
    let type: String?
  }

  /// The file read as a dataset.
  struct Images: Encodable {
    let splits: [String]
    let imageShape: [Int]
    let pixelRange: PixelBox
    let classes: Int
    let classNames: [String]?
  }

  let command = "inspect"
  let kind: String
  let name: String
  let attributes: [String: AttributeValue]
  let entries: [Entry]
  let images: Images?
  let notes: [String]

  /// - Parameters:
  ///   - file: The file.
  ///   - notes: Remarks on it.
  /// - Throws: `HDF5Error` where the file is damaged.
  init(_ file: File, notes: [String] = []) throws {
    self.notes = notes
    name = file.path
    kind = try file.root.attributes.string(Self.mark) ?? "HDF5"
    var attributes: [String: AttributeValue] = [:]
    for name in try file.root.attributes.names() where name != Self.mark {
      attributes[name] = Self.value(of: name, file.root.attributes)
    }
    self.attributes = attributes
    entries = try file.root.walk().map { Self.entry($0.path, $0.kind, file.root) }
    images = Images(file.path)
  }

  /// The record of an archive of the lab takes the place of the attributes of HDF5.
  init(_ archive: NumPyListing, path: String, notes: [String] = []) {
    self.notes = notes
    name = path
    kind = archive.format?.rawValue ?? "NumPy archive"
    attributes = archive.record.mapValues { value in
      switch value {
      case .text(let text): AttributeValue(texts: [text], areNumbers: false, isScalar: true)
      case .wholeNumbers(let numbers): AttributeValue(texts: numbers, areNumbers: true, isScalar: true)
      case .numbers(let numbers):
        AttributeValue(texts: numbers.map { NumberFormat.significant($0, digits: 9) }, areNumbers: true, isScalar: true)
      }
    }
    entries = archive.arrays.map { Entry(path: $0.name, kind: "array", shape: $0.shape, type: $0.type) }
    images = nil
  }

  init(_ listing: TensorListing, path: String, notes: [String]) {
    self.notes = listing.notes.map(\.description) + notes
    name = path
    kind = listing.kind
    attributes = [:]
    entries = listing.tensors.map { Entry(path: $0.name, kind: "tensor", shape: $0.shape, type: $0.type) }
    images = nil
  }

  private static let mark = "advlab_format"

  private static func entry(_ path: String, _ kind: Group.Kind, _ root: Group) -> Entry {
    guard kind == .dataset, let dataset = try? root.dataset(path) else {
      return Entry(path: path, kind: name(of: kind), shape: nil, type: nil)
    }
    return Entry(path: path, kind: "dataset", shape: dataset.shape, type: "\(dataset.elementType)")
  }

  private static func name(of kind: Group.Kind) -> String {
    switch kind {
    case .group: "group"
    case .dataset: "dataset"
    case .other(let name): name
    }
  }

  /// An attribute that cannot be read is shown by its type.
  private static func value(of name: String, _ attributes: Attributes) -> AttributeValue {
    guard let description = (try? attributes.description(of: name)).flatMap({ $0 }) else {
      return AttributeValue(texts: ["unreadable"], areNumbers: false, isScalar: true)
    }
    let type = description.elementType
    let values = (try? values(of: name, type, attributes)) ?? nil
    guard let values else { return AttributeValue(texts: ["\(type)"], areNumbers: false, isScalar: true) }
    let areNumbers = if case .string = type { false } else { true }
    return AttributeValue(texts: values, areNumbers: areNumbers, isScalar: description.shape.isEmpty)
  }

  private static func values(of name: String, _ type: ElementType, _ attributes: Attributes) throws -> [String]? {
    switch type {
    case .string: try attributes.strings(name)
    case .integer(_, signed: true): try attributes.numbers(name, as: Int.self)?.map(String.init)
    case .integer: try attributes.numbers(name, as: UInt64.self)?.map(String.init)
    case .float:
      // As many digits as single precision may need.
      try attributes.numbers(name, as: Double.self)?.map { NumberFormat.significant($0, digits: 9) }
    case .bfloat16, .boolean, .other: nil
    }
  }
}

extension FileSummary.Images {
  /// Nil where the file can't be read as a dataset. One image of each split tells everything but their number, which
  /// stands in the tree.
  fileprivate init?(_ path: String) {
    let read = ["train", "test"].compactMap {
      try? Exchange.Dataset.read(from: path, DatasetSelection(split: $0, count: 1))
    }
    guard let first = read.first else { return nil }
    splits = read.map(\.split)
    imageShape = first.imageShape.extents
    pixelRange = first.pixelRange
    classes = first.classCount
    classNames = first.classNames
  }
}
