import HDF5
import Networks

/// An array in NumPy's format: a header of Python text, then the elements in row-major order.
///
/// The format is described at `numpy.lib.format`.
struct NumPyArray {
  /// Where the bytes are: in a file that is read by ranges, or in memory.
  enum Source {
    case file(String)
    case bytes([UInt8])
  }

  static let signature: [UInt8] = [0x93] + Array("NUMPY".utf8)

  let shape: [Int]
  let elementType: ElementType
  private let isBigEndian: Bool
  private let bytesEach: Int
  private let offset: Int
  private let source: Source
  private let file: String
  private let name: String?

  private static let mostHeaderBytes = 1 << 20

  /// Reads a header; `name` is that of a member of an archive.
  init(_ source: Source, file: String, name: String? = nil) throws(ExchangeError) {
    (self.source, self.file, self.name) = (source, file, name)
    let header: NumPyHeader
    (header, offset) = try Self.header(of: source, file: file, name: name)
    guard let type = header.type, let shape = header.shape, !header.isFortran || shape.count <= 1 else {
      throw ExchangeError(
        file: file, object: name, expected: "an array of numbers in C order", found: header.complaint)
    }
    (self.shape, elementType, bytesEach, isBigEndian) = (shape, type.elementType, type.bytes, type.isBigEndian)
    let available = try Self.size(source) - offset
    guard let count = Shape(shape).checkedCount, count.multipliedReportingOverflow(by: bytesEach) == (available, false)
    else {
      throw ExchangeError(
        file: file, object: name, expected: "the elements of \(Shape(shape)) \(elementType)",
        found: "\(available) bytes")
    }
  }

  /// The header, and the offset of the elements.
  static func header(
    of source: Source, file: String, name: String?
  ) throws(ExchangeError) -> (header: NumPyHeader, end: Int) {
    let start = try Self.bytes(source, 0..<12, file: file)
    guard start.count >= 10, start.starts(with: Self.signature), (1...3).contains(start[6]) else {
      throw ExchangeError(file: file, object: name, expected: "a NumPy array of format 1 to 3", found: "something else")
    }
    let lengthBytes = start[6] == 1 ? 2 : 4
    guard start.count >= 8 + lengthBytes else {
      throw ExchangeError(file: file, object: name, expected: "the header of a NumPy array", found: "the end")
    }
    let length = start[8..<8 + lengthBytes].reversed().reduce(0) { $0 << 8 | Int($1) }
    let end = 8 + lengthBytes + length
    guard length <= mostHeaderBytes else {
      throw ExchangeError(
        file: file, object: name, expected: "a header of at most \(mostHeaderBytes) bytes", found: "\(length)")
    }
    let text = String(decoding: try bytes(source, 8 + lengthBytes..<end, file: file), as: UTF8.self)
    return (NumPyHeader(text), end)
  }

  /// The elements of some rows.
  func rows<Value: NumPyConvertible>(_ rows: Range<Int>, as type: Value.Type) throws(ExchangeError) -> [Value] {
    guard let available = shape.first, rows.lowerBound >= 0, rows.upperBound <= available, !rows.isEmpty else {
      throw failure("rows \(rows)", "\(shape.first ?? 0) rows")
    }
    // No overflow: it is at most the size of all elements, which was computed before.
    let rowBytes = shape.dropFirst().reduce(bytesEach, *)
    let range = offset + rows.lowerBound * rowBytes..<offset + rows.upperBound * rowBytes
    return try numbers(of: range)
  }

  /// All elements, whatever the shape.
  func numbers<Value: NumPyConvertible>(as type: Value.Type) throws(ExchangeError) -> [Value] {
    try numbers(of: offset..<(try Self.size(source)))
  }

  /// All elements of an array of texts, which NumPy pads with zeros.
  func texts() throws(ExchangeError) -> [String] {
    guard case .string = elementType else { throw failure("texts", "\(elementType)") }
    let bytes = try bytes(of: offset..<(try Self.size(source)))
    return stride(from: 0, to: bytes.count, by: bytesEach).map { start in
      let characters = elements(Array(bytes[start..<start + bytesEach]), UInt32.self) { $0 } ?? []
      var text = String.UnicodeScalarView()
      for character in characters.prefix(while: { $0 != 0 }) {
        text.append(Unicode.Scalar(character) ?? "\u{FFFD}")
      }
      return String(text)
    }
  }

  private func numbers<Value: NumPyConvertible>(of range: Range<Int>) throws(ExchangeError) -> [Value] {
    guard elementType.isNumeric else { throw failure("an array of numbers", "texts") }
    guard let values: [Value] = decoded(try bytes(of: range)) else {
      throw failure("whole numbers of at most 64 bits", "others")
    }
    return values
  }

  private func bytes(of range: Range<Int>) throws(ExchangeError) -> [UInt8] {
    let bytes = try Self.bytes(source, range, file: file)
    guard bytes.count == range.count else { throw failure("\(range.count) bytes", "\(bytes.count)") }
    return bytes
  }

  private func decoded<Value: NumPyConvertible>(_ bytes: [UInt8]) -> [Value]? {
    switch elementType {
    case .boolean, .integer(8, signed: false): integers(bytes, UInt8.self)
    case .integer(8, signed: true): integers(bytes, Int8.self)
    case .integer(16, signed: false): integers(bytes, UInt16.self)
    case .integer(16, signed: true): integers(bytes, Int16.self)
    case .integer(32, signed: false): integers(bytes, UInt32.self)
    case .integer(32, signed: true): integers(bytes, Int32.self)
    case .integer(_, signed: false): integers(bytes, UInt64.self)
    case .integer(_, signed: true): integers(bytes, Int64.self)
    case .float(16): elements(bytes, UInt16.self) { Value(number: Double(Float16(bitPattern: $0))) }
    case .float(32): elements(bytes, UInt32.self) { Value(number: Double(Float(bitPattern: $0))) }
    case .float: elements(bytes, UInt64.self) { Value(number: Double(bitPattern: $0)) }
    case .bfloat16, .string, .other: nil
    }
  }

  private func integers<Stored: FixedWidthInteger, Value: NumPyConvertible>(
    _ bytes: [UInt8], _ type: Stored.Type
  ) -> [Value]? {
    elements(bytes, type) { Value(whole: $0) }
  }

  /// All elements, or nil where the requested type cannot represent one of them.
  private func elements<Stored: FixedWidthInteger, Value>(
    _ bytes: [UInt8], _ type: Stored.Type, _ convert: (Stored) -> Value?
  ) -> [Value]? {
    var values: [Value] = []
    values.reserveCapacity(bytes.count / MemoryLayout<Stored>.stride)
    let isComplete = bytes.withUnsafeBytes { buffer in
      for position in stride(from: 0, to: buffer.count, by: MemoryLayout<Stored>.stride) {
        let stored = buffer.loadUnaligned(fromByteOffset: position, as: Stored.self)
        guard let value = convert(isBigEndian ? Stored(bigEndian: stored) : Stored(littleEndian: stored)) else {
          return false
        }
        values.append(value)
      }
      return true
    }
    return isComplete ? values : nil
  }

  private static func bytes(_ source: Source, _ range: Range<Int>, file: String) throws(ExchangeError) -> [UInt8] {
    switch source {
    case .file(let path): try InputFile(path).read(atMost: range.count, from: range.lowerBound)
    case .bytes(let bytes): Array(bytes[range.clamped(to: bytes.indices)])
    }
  }

  private static func size(_ source: Source) throws(ExchangeError) -> Int {
    switch source {
    case .file(let path): try InputFile(path).size
    case .bytes(let bytes): bytes.count
    }
  }

  private func failure(_ expected: String, _ found: String) -> ExchangeError {
    ExchangeError(file: file, object: name, expected: expected, found: found)
  }
}

/// A number type to which NumPy's elements can be converted.
protocol NumPyConvertible {
  init?(number: Double)
  init?<Whole: FixedWidthInteger>(whole: Whole)
}

extension Float: NumPyConvertible {
  init?(number: Double) { self = Float(number) }
  init?<Whole: FixedWidthInteger>(whole: Whole) { self = Float(whole) }
}

extension Double: NumPyConvertible {
  init?(number: Double) { self = number }
  init?<Whole: FixedWidthInteger>(whole: Whole) { self = Double(whole) }
}

extension Int: NumPyConvertible {
  init?(number: Double) { self.init(exactly: number) }
  init?<Whole: FixedWidthInteger>(whole: Whole) { self.init(exactly: whole) }
}

extension UInt64: NumPyConvertible {
  init?(number: Double) { self.init(exactly: number) }
  init?<Whole: FixedWidthInteger>(whole: Whole) { self.init(exactly: whole) }
}
