import Networks

/// One tensor of a safetensors file.
struct SafetensorsTensor: StoredTensor {
  let path: String
  let shape: Shape
  let typeName: String
  /// Where its scalars are in the file.
  let bytes: Range<Int>

  private let element: StoredElement?
  private let file: InputFile

  /// The types that weights and counters have.
  private static let elements: [String: StoredElement] = [
    "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16, "I64": .int64, "I32": .int32, "I16": .int16,
    "I8": .int8, "U8": .uint8, "BOOL": .bool,
  ]
  /// The sizes of other whole numbers, which are never weights.
  private static let others = ["U64": 8, "U32": 4, "U16": 2]

  /// Checks one member of the header: its type is known, and its range has room for its shape.
  init(path: String, _ member: JSONValue, dataStart: Int, file: InputFile) throws {
    let failure = { (expected: String, found: String) in
      ExchangeError(file: file.path, object: path, expected: expected, found: found)
    }
    guard let members = member.object, let type = members["dtype"]?.string, let extents = members["shape"]?.array,
      let offsets = members["data_offsets"]?.array?.map(\.integer), offsets.count == 2, let start = offsets[0],
      let end = offsets[1]
    else { throw failure("dtype, shape and data_offsets", member.summary) }
    guard let size = Self.elements[type]?.byteCount ?? Self.others[type] else {
      throw failure("the dtype F64, F32, F16 or BF16", type)
    }
    let numbers = extents.compactMap(\.integer)
    guard numbers.count == extents.count, let count = Shape(numbers).checkedCount, numbers.allSatisfy({ $0 >= 0 })
    else {
      throw failure("a shape", members["shape"]?.summary ?? "none")
    }
    let data = file.size - dataStart
    guard 0 <= start, start <= end, end <= data else {
      throw failure("a range of the \(data) bytes of data", "\(start) to \(end)")
    }
    let (needed, overflow) = count.multipliedReportingOverflow(by: size)
    guard !overflow, needed == end - start else {
      throw failure("\(end - start) bytes of \(type), as data_offsets says", "the shape \(Shape(numbers))")
    }
    self.path = path
    shape = Shape(numbers)
    typeName = type
    bytes = dataStart + start..<dataStart + end
    element = Self.elements[type]
    self.file = file
  }

  var isFloatingPoint: Bool { element?.isFloatingPoint ?? false }
  var components: [String] { path.split(whereSeparator: { $0 == "/" || $0 == "." }).map(String.init) }

  func scalars() throws -> [Float] { try read(as: Float.self) }
  func preciseScalars() throws -> [Double] { try read(as: Double.self) }

  private func read<Scalar: BinaryFloatingPoint>(as type: Scalar.Type) throws -> [Scalar] {
    let stored = try file.read(atMost: bytes.count, from: bytes.lowerBound)
    guard stored.count == bytes.count, let element else {
      throw ExchangeError(
        file: file.path, object: path, expected: "\(bytes.count) bytes of \(typeName)", found: "\(stored.count)")
    }
    return element.scalars(stored, as: type)
  }
}
