import Exchange
import Testing

struct StoredElementTests {
  /// Numbers of every type in both byte orders, the smallest, the largest and what is no number among them.
  @Test func numbersOfEveryType() {
    let halves: [Float16] = [0, -0.0, 1.5, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -.infinity]
    expect(.float16, halves.map(\.bitPattern), halves.map(Double.init))
    let singles: [Float] = [-0.0, 0.1, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity]
    expect(.float32, singles.map(\.bitPattern), singles.map(Double.init))
    // The upper halves of 0.1, the smallest normal number, and minus infinity.
    expect(.bfloat16, [0x3DCC, 0x0080, 0xFF80] as [UInt16], [0.099609375, 0x1p-126, -.infinity])
    let doubles = [0.1, -.leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity]
    expect(.float64, doubles.map(\.bitPattern), doubles)
    expect(.int64, [-1, 1 << 52] as [Int64], [-1, 0x1p52])
    expect(.int32, [Int32.min, 7], [-0x1p31, 7])
    expect(.int16, [Int16.min, 7], [-0x1p15, 7])
    expect(.int8, [Int8.min, 7], [-128, 7])
    expect(.uint8, [255, 7] as [UInt8], [255, 7])
    expect(.bool, [0, 1, 2] as [UInt8], [0, 1, 1])
  }

  private func expect<Bits: FixedWidthInteger>(_ element: StoredElement, _ bits: [Bits], _ values: [Double]) {
    #expect(element.byteCount == MemoryLayout<Bits>.size)
    let little = bits.flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    let big = bits.flatMap { value in withUnsafeBytes(of: value.bigEndian) { Array($0) } }
    #expect(element.scalars(little, as: Double.self) == values, "\(element)")
    #expect(element.scalars(big, as: Double.self, isBigEndian: true) == values, "\(element)")
    #expect(element.scalars(little, as: Float.self) == values.map { Float($0) }, "\(element)")
    // A part of a number at the end.
    let partial = little + Array(repeating: 0, count: element.byteCount - 1)
    #expect(element.scalars(partial, as: Double.self) == values, "\(element)")
  }

  @Test func whatIsNoNumberStaysSo() {
    #expect(StoredElement.float16.scalars([0x01, 0x7E], as: Float.self).allSatisfy { $0.isNaN })
    #expect(StoredElement.bfloat16.scalars([0xC0, 0x7F], as: Float.self).allSatisfy { $0.isNaN })
    #expect(StoredElement.float16.scalars([], as: Float.self).isEmpty)
  }
}
