import Exchange
import Testing

/// Bytes of protobuf.dev/programming-guides/encoding, where no other source is named.
@Suite struct ProtobufWriterTests {
  private func bytes(_ body: (inout ProtobufWriter) -> Void) -> [UInt8] {
    var writer = ProtobufWriter()
    body(&writer)
    return writer.bytes
  }

  @Test func varints() {
    #expect(bytes { $0.append(1, 150) } == [0x08, 0x96, 0x01])
    #expect(bytes { $0.append(1, 0) } == [0x08, 0x00])
    #expect(bytes { $0.append(1, 127) } == [0x08, 0x7F])
    #expect(bytes { $0.append(1, 128) } == [0x08, 0x80, 0x01])
    #expect(bytes { $0.append(1, Int.max) } == [0x08] + Array(repeating: 0xFF, count: 8) + [0x7F])
  }

  @Test func negativeNumbersTakeTenBytes() {
    #expect(bytes { $0.append(1, -2) } == [0x08, 0xFE] + Array(repeating: 0xFF, count: 8) + [0x01])
    #expect(bytes { $0.append(1, Int.min) } == [0x08] + Array(repeating: 0x80, count: 9) + [0x01])
  }

  /// Key 20 · 8 + 0 = 160.
  @Test func fieldsFromSixteenOnHaveLongerKeys() {
    #expect(bytes { $0.append(15, 7) } == [0x78, 0x07])
    #expect(bytes { $0.append(16, 7) } == [0x80, 0x01, 0x07])
    #expect(bytes { $0.append(20, 7) } == [0xA0, 0x01, 0x07])
  }

  @Test func texts() {
    #expect(bytes { $0.append(2, "testing") } == [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67])
    #expect(bytes { $0.append(2, "") } == [0x12, 0x00])
    #expect(bytes { $0.append(2, "ε") } == [0x12, 0x02, 0xCE, 0xB5])
    #expect(bytes { $0.append(2, String(repeating: "a", count: 300)) }.prefix(3) == [0x12, 0xAC, 0x02])
  }

  @Test func messagesWithinMessages() {
    var inner = ProtobufWriter()
    inner.append(1, 150)
    #expect(bytes { $0.append(3, inner) } == [0x1A, 0x03, 0x08, 0x96, 0x01])
    #expect(bytes { $0.append(3, ProtobufWriter()) } == [0x1A, 0x00])
  }

  /// 1 is 0x3F800000, −2.5 is 0xC0200000 (IEEE 754).
  @Test func numbersLieWithTheLowestByteFirst() {
    #expect(bytes { $0.append(2, 1 as Float) } == [0x15, 0x00, 0x00, 0x80, 0x3F])
    #expect(
      bytes { $0.append(9, littleEndian: [1, -2.5] as [Float]) } == [0x4A, 8, 0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0])
    #expect(
      bytes { $0.append(9, littleEndian: [-1, 258] as [Int64]) }
        == [0x4A, 16] + Array(repeating: 0xFF, count: 8) + [2, 1, 0, 0, 0, 0, 0, 0])
    #expect(bytes { $0.append(9, littleEndian: [] as [Float]) } == [0x4A, 0])
  }
}
