import Networks

/// Weights as text, for small networks that are written by hand: an object of JSON whose member `weights` holds every
/// tensor as nested lists under its dotted name. Beside it stand the `nodes` of the network, as in an architecture file;
/// without them an architecture is needed, as for any weights alone.
struct JSONWeights: TensorContainer {
  static let name = "weights as JSON"

  let tensors: [(components: [String], tensor: any StoredTensor)]
  /// Members of an object have no order.
  let keepsOrder = false
  let architecture: String?

  /// The member that holds the tensors.
  static let member = "weights"

  /// Any text that begins as an object does. A binary header may begin with the same byte, and has zeros soon after.
  static func recognises(_ path: String) -> Bool {
    guard let file = try? InputFile(path), let start = try? file.read(atMost: 64) else { return false }
    return start.first { $0 > 32 } == UInt8(ascii: "{") && !start.contains(0)
  }

  init(_ path: String) throws {
    let json = try JSONValue(try KerasFormat.bytes(of: path, limit: JSONValue.byteLimit))
    guard var members = json.object, let weights = members.removeValue(forKey: Self.member)?.object else {
      let isNetwork = json.object.map { $0["nodes"] != nil || $0["class_name"] != nil } ?? false
      throw ExchangeError(
        file: path, expected: "an object of JSON with '\(Self.member)', the tensors by their names",
        found: isNetwork
          ? "a network without weights; name it with --architecture"
          : json.object.map { "one with \($0.keys.sorted().prefix(4).joined(separator: ", "))" } ?? json.summary)
    }
    architecture = members["nodes"] == nil ? nil : try JSONValue.object(members).text()
    tensors = try weights.map { name, value in
      (
        name.split(whereSeparator: { $0 == "/" || $0 == "." }).map(String.init),
        try JSONTensor(path: name, value, file: path)
      )
    }.sorted { NaturalOrder.precedes($0.1.path, $1.1.path) }
  }

  /// Writes the network with its weights, in the fewest digits that give the same numbers again.
  static func write(_ tensors: [NamedTensor], architecture: String, to path: String) throws {
    let count = tensors.reduce(0) { $0 + Shape($1.extents).count }
    guard count <= JSONValue.valueLimit / 2 else {
      throw ExchangeError(
        kind: .cannotWrite, file: path,
        message: "expected at most \(JSONValue.valueLimit / 2) weights for a text, found \(count)")
    }
    var members = try JSONValue(Array(architecture.utf8)).object ?? [:]
    members[Self.member] = .object(Dictionary(tensors.map { ($0.name, JSONValue($0)) }) { $1 })
    try PlainFile.replace(path, with: Array("\(try JSONValue.object(members).text())\n".utf8))
  }
}

/// Nested lists of numbers.
private struct JSONTensor: StoredTensor {
  let path: String
  let shape: Shape
  let typeName = "number"
  let isFloatingPoint = true
  private let numbers: [Double]

  /// - Throws: `ExchangeError` where lists of one level differ in length, or something in them is no number.
  init(path: String, _ value: JSONValue, file: String) throws(ExchangeError) {
    var extents: [Int] = []
    var first = value
    while let elements = first.array {
      extents.append(elements.count)
      guard let next = elements.first else { break }
      first = next
    }
    guard let numbers = value.numbers, Self.fits(value, extents[...]) else {
      throw ExchangeError(
        file: file, object: path, expected: "lists of numbers, equally long on each level", found: value.summary)
    }
    (self.path, self.numbers, shape) = (path, numbers, Shape(extents))
  }

  private static func fits(_ value: JSONValue, _ extents: ArraySlice<Int>) -> Bool {
    guard let extent = extents.first else { return value.number != nil }
    guard let elements = value.array, elements.count == extent else { return false }
    return elements.allSatisfy { fits($0, extents.dropFirst()) }
  }

  func scalars() throws -> [Float] { numbers.map(Float.init) }
  func preciseScalars() throws -> [Double] { numbers }
}

extension JSONValue {
  /// A tensor as nested lists.
  fileprivate init(_ tensor: NamedTensor) {
    switch tensor.values {
    case .counter(let value): self = .number(Double(value))
    case .floats(let tensor):
      var level = tensor.scalars.map { JSONValue.number(Self.shortest($0)) }
      for extent in tensor.shape.extents.dropFirst().reversed() {
        level = stride(from: 0, to: level.count, by: extent).map { .array(Array(level[$0..<$0 + extent])) }
      }
      self = .array(level)
    }
  }

  /// The number of the fewest digits that is rounded to this one.
  private static func shortest(_ value: Float) -> Double {
    guard let short = Double("\(value)"), Float(short) == value else { return Double(value) }
    return short
  }
}
