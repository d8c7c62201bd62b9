/// A message of Protocol Buffers within a file's bytes: its fields, one after the other.
///
/// The wire format alone, read in place: nothing is allocated for what a message claims, and messages within messages
/// are read only where the caller knows them, so a file decides neither depth nor memory. That is some 90 lines; the
/// libraries for it would read all of a file first.
/// https://protobuf.dev/programming-guides/encoding/
struct ProtobufMessage {
  /// What a field holds.
  enum Value {
    /// A whole number: integers, booleans, enumerations.
    case varint(UInt64)
    /// Eight bytes, little-endian: a double.
    case fixed64(UInt64)
    /// Four bytes, little-endian: a float.
    case fixed32(UInt32)
    /// Text, bytes, a message, or several numbers.
    case bytes(Range<Int>)
  }

  let file: [UInt8]
  let range: Range<Int>

  init(_ file: [UInt8]) {
    self.file = file
    range = 0..<file.count
  }

  init(_ file: [UInt8], _ range: Range<Int>) {
    self.file = file
    self.range = range
  }

  /// Passes every field to `body`, in the order of the file.
  ///
  /// - Throws: `ProtobufError` where the bytes are no message, and what `body` throws.
  func forEachField(_ body: (_ number: Int, _ value: Value) throws -> Void) throws {
    var reader = ProtobufReader(file: file, position: range.lowerBound, end: range.upperBound)
    while !reader.isAtEnd {
      let key = try reader.varint()
      // Numbers of fields have 29 bits; 0 is none.
      guard (1..<(1 << 29)).contains(key >> 3) else { throw ProtobufError("the field number \(key >> 3)") }
      try body(Int(key >> 3), try reader.value(ofWireType: Int(key & 7)))
    }
  }
}

/// Bytes that are no message of Protocol Buffers.
struct ProtobufError: Error, CustomStringConvertible {
  let description: String

  init(_ found: String) { description = "expected a message of Protocol Buffers, found \(found)" }
}

/// Reads values within bounds.
struct ProtobufReader {
  let file: [UInt8]
  private(set) var position: Int
  let end: Int

  init(file: [UInt8], position: Int, end: Int) {
    (self.file, self.position, self.end) = (file, position, end)
  }

  var isAtEnd: Bool { position == end }

  /// A number of seven bits a byte, the lowest first.
  mutating func varint() throws(ProtobufError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 70, by: 7) {
      guard position < end else { throw ProtobufError("the end within a number: cut short?") }
      let byte = file[position]
      position += 1
      value |= shift < 64 ? UInt64(byte & 0x7F) << UInt64(shift) : 0
      if byte < 0x80 { return value }
    }
    throw ProtobufError("a number of more than ten bytes")
  }

  /// Bytes, little-endian, as a number.
  mutating func fixed<Bits: FixedWidthInteger>(_ type: Bits.Type) throws(ProtobufError) -> Bits {
    let size = MemoryLayout<Bits>.size
    guard end - position >= size else { throw ProtobufError("the end within a number: cut short?") }
    let start = position
    position += size
    return file.withUnsafeBytes { Bits(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: Bits.self)) }
  }

  fileprivate mutating func value(ofWireType type: Int) throws(ProtobufError) -> ProtobufMessage.Value {
    switch type {
    case 0: return .varint(try varint())
    case 1: return .fixed64(try fixed(UInt64.self))
    case 2:
      let length = try varint()
      guard length <= UInt64(end - position) else {
        throw ProtobufError("a field of \(length) bytes where \(end - position) are left: cut short?")
      }
      defer { position += Int(length) }
      return .bytes(position..<position + Int(length))
    case 5: return .fixed32(try fixed(UInt32.self))
    default: throw ProtobufError("the wire type \(type)")
    }
  }
}

extension ProtobufMessage.Value {
  /// A whole number of 64 bits, negative ones as their two's complement.
  func integer() throws(ProtobufError) -> Int {
    guard case .varint(let bits) = self else { throw ProtobufError("other bytes than a whole number") }
    return Int(bitPattern: UInt(bits))
  }

  func float() throws(ProtobufError) -> Float {
    guard case .fixed32(let bits) = self else { throw ProtobufError("other bytes than a float") }
    return Float(bitPattern: bits)
  }

  func bytes() throws(ProtobufError) -> Range<Int> {
    guard case .bytes(let range) = self else { throw ProtobufError("a number where bytes belong") }
    return range
  }

  /// A text; bytes that are no UTF-8 are refused.
  func text(in file: [UInt8]) throws(ProtobufError) -> String {
    guard let text = String(validating: file[try bytes()], as: UTF8.self) else {
      throw ProtobufError("a text that is not UTF-8")
    }
    return text
  }

  func message(in file: [UInt8]) throws(ProtobufError) -> ProtobufMessage { ProtobufMessage(file, try bytes()) }

  /// Whole numbers of a repeated field: one, or packed.
  func integers(in file: [UInt8]) throws(ProtobufError) -> [Int] {
    guard case .bytes(let range) = self else { return [try integer()] }
    var reader = ProtobufReader(file: file, position: range.lowerBound, end: range.upperBound)
    var numbers: [Int] = []
    while !reader.isAtEnd { numbers.append(Int(bitPattern: UInt(try reader.varint()))) }
    return numbers
  }

  /// Numbers of a repeated field of floats: one, or packed.
  func floats(in file: [UInt8]) throws(ProtobufError) -> [Float] {
    guard case .bytes(let range) = self else { return [try float()] }
    guard range.count.isMultiple(of: 4) else { throw ProtobufError("\(range.count) bytes of floats") }
    return StoredElement.float32.scalars(Array(file[range]), as: Float.self)
  }
}
