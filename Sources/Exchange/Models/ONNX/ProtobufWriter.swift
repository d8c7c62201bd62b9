/// A message of protocol buffers in their wire format (protobuf.dev/programming-guides/encoding): fields one after the
/// other, each a key and a value.
///
/// Fields that are appended in the order of their numbers give the bytes that protobuf's own serializers give.
package struct ProtobufWriter {
  /// What has been appended.
  package private(set) var bytes: [UInt8] = []

  /// Starts an empty message.
  package init() {}

  /// What follows a key; the last three bits of the key say it.
  private enum WireType: Int {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
  }

  /// A whole number (`int32`, `int64`) or a case of an enumeration; a negative one takes ten bytes.
  package mutating func append(_ field: Int, _ value: Int) {
    appendKey(field, .varint)
    appendVarint(UInt64(bitPattern: Int64(value)))
  }

  /// A number of single precision.
  package mutating func append(_ field: Int, _ value: Float) {
    appendKey(field, .fixed32)
    appendLittleEndian([value])
  }

  /// A number of double precision.
  package mutating func append(_ field: Int, _ value: Double) {
    appendKey(field, .fixed64)
    appendLittleEndian([value])
  }

  /// A text, as UTF-8.
  package mutating func append(_ field: Int, _ text: String) {
    appendKey(field, .lengthDelimited)
    appendVarint(UInt64(text.utf8.count))
    bytes += text.utf8
  }

  /// A message within this one.
  package mutating func append(_ field: Int, _ message: ProtobufWriter) {
    appendKey(field, .lengthDelimited)
    appendVarint(UInt64(message.bytes.count))
    bytes += message.bytes
  }

  /// Numbers as bytes, one number after the other with its lowest byte first.
  package mutating func append<Number: BitwiseCopyable>(_ field: Int, littleEndian numbers: [Number]) {
    appendKey(field, .lengthDelimited)
    appendVarint(UInt64(numbers.count * MemoryLayout<Number>.size))
    appendLittleEndian(numbers)
  }

  private mutating func appendKey(_ field: Int, _ type: WireType) {
    appendVarint(UInt64(field << 3 | type.rawValue))
  }

  /// Seven bits to a byte, the lowest first; all bytes but the last have the highest bit set.
  private mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F | 0x80))
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func appendLittleEndian<Number: BitwiseCopyable>(_ numbers: [Number]) {
    #if _endian(little)
      numbers.withUnsafeBytes { bytes.append(contentsOf: $0) }
    #else
      for number in numbers { withUnsafeBytes(of: number) { bytes.append(contentsOf: $0.reversed()) } }
    #endif
  }
}
