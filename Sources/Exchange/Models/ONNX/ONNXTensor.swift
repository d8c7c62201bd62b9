import Networks

/// A constant tensor of a file: where its numbers are, which are read when they are needed.
struct ONNXTensor {
  private(set) var name = ""
  private(set) var extents: [Int] = []
  private(set) var type = 0
  private var raw: Range<Int>?
  private var floats: [Float] = []
  private var integers: [Int] = []
  private var doubles: [Double] = []
  private var external: [String: String] = [:]
  private var isExternal = false
  private let file: [UInt8]

  /// The numbers that stand for types of elements.
  static let types: [Int: (name: String, element: StoredElement?)] = [
    1: ("float", .float32), 2: ("uint8", .uint8), 3: ("int8", .int8), 4: ("uint16", nil), 5: ("int16", .int16),
    6: ("int32", .int32), 7: ("int64", .int64), 8: ("string", nil), 9: ("bool", .bool), 10: ("float16", .float16),
    11: ("double", .float64), 12: ("uint32", nil), 13: ("uint64", nil), 14: ("complex64", nil),
    15: ("complex128", nil), 16: ("bfloat16", .bfloat16),
  ]

  static func typeName(_ type: Int) -> String { types[type]?.name ?? "type \(type)" }

  /// Whether numbers of a type are real, as weights and images are.
  static func isFloatingPoint(_ type: Int) -> Bool { types[type]?.element?.isFloatingPoint ?? false }

  init(_ message: ProtobufMessage) throws {
    let file = message.file
    self.file = file
    try message.forEachField { number, value in
      switch number {
      case 1: extents += try value.integers(in: file)
      case 2: type = try value.integer()
      case 4: floats += try value.floats(in: file)
      case 5, 7, 11: integers += try value.integers(in: file)
      case 8: name = try value.text(in: file)
      case 9: raw = try value.bytes()
      case 10: doubles += try Self.doubles(value, in: file)
      case 13: try readExternal(try value.message(in: file))
      case 14: isExternal = try value.integer() == 1
      default: break
      }
    }
  }

  private static func doubles(_ value: ProtobufMessage.Value, in file: [UInt8]) throws -> [Double] {
    if case .fixed64(let bits) = value { return [Double(bitPattern: bits)] }
    let range = try value.bytes()
    guard range.count.isMultiple(of: 8) else { throw ProtobufError("\(range.count) bytes of doubles") }
    return StoredElement.float64.scalars(Array(file[range]), as: Double.self)
  }

  private mutating func readExternal(_ message: ProtobufMessage) throws {
    var (key, text) = ("", "")
    try message.forEachField { number, value in
      switch number {
      case 1: key = try value.text(in: message.file)
      case 2: text = try value.text(in: message.file)
      default: break
      }
    }
    external[key] = text
  }

  /// The numbers, which are as many as the extents say.
  ///
  /// - Parameter path: The path of the model, beside which external data are.
  /// - Returns: A constant of the same extents.
  /// - Throws: `ExchangeError` for sizes that do not fit, types that are not read, external data that are not there.
  func constant(file path: String) throws -> ONNXConstant {
    guard extents.allSatisfy({ $0 >= 0 }), let count = Shape(extents).checkedCount else {
      throw failure(path, "extents of at least 0", "\(Shape(extents))")
    }
    guard let element = Self.types[type]?.element else {
      throw failure(path, "numbers of a type that is read", Self.typeName(type))
    }
    let values = try values(of: element, file: path, count: count)
    guard values.count == count else {
      throw failure(path, "\(count) numbers, as the extents \(Shape(extents)) say", "\(values.count)")
    }
    let constant = ONNXConstant(extents: extents, values: values)
    guard constant.hasUsableExtents else { throw failure(path, "extents of an array", "\(Shape(extents))") }
    return constant
  }

  private func values(of element: StoredElement, file path: String, count: Int) throws -> ONNXConstant.Values {
    if let bytes = try bytes(of: path, element: element, count: count) {
      return element.isFloatingPoint
        ? .floats(element.scalars(bytes, as: Float.self))
        // Whole numbers of 64 bits do not fit a double.
        : .integers(element.integers(bytes))
    }
    switch element {
    case .float32: return .floats(floats)
    case .float64: return .floats(doubles.map { Float($0) })
    // Sixteen bits in the lower half of a whole number.
    case .float16: return .floats(integers.map { Float(Float16(bitPattern: UInt16(truncatingIfNeeded: $0))) })
    case .bfloat16: return .floats(integers.map { Float(bitPattern: UInt32(UInt16(truncatingIfNeeded: $0)) << 16) })
    case .bool, .int8, .int16, .int32, .int64, .uint8: return .integers(integers)
    }
  }

  /// The bytes of the numbers, where they are stored as such.
  private func bytes(of path: String, element: StoredElement, count: Int) throws -> [UInt8]? {
    guard isExternal else { return raw.map { Array(file[$0]) } }
    return try ONNXExternalData(external, tensor: name, model: path).bytes(count: count, of: element)
  }

  private func failure(_ path: String, _ expected: String, _ found: String) -> ExchangeError {
    ExchangeError(file: path, object: "constant '\(name)'", expected: expected, found: found)
  }
}
