import Defences
import Networks
import Testing

@Suite struct BitDepthTests {
  /// np.rint(x * 7) / 7 in single precision.
  @Test func threeBitsAsInNumPy() {
    let expected: [Float] = [
      0, 0.285714298, 0.428571433, 0.714285732, 0, 0.428571433, 0.857142866, 0.428571433, 1, 0.571428597, 0.285714298,
      1, 0.714285732, 0.571428597, 0.428571433, 0.428571433, 0.285714298, 0.428571433, 0.571428597, 0.714285732,
    ]
    #expect(BitDepth(bits: 3).apply(filteredPixels, draw: Draw()).scalars == expected)
  }

  @Test func tiesGoToTheEvenValue() {
    // 0.5 · 1 and 1.5 of 3 lie half-way.
    let half = Tensor<Float>(shape: [1, 1, 1, 1], scalars: [0.5])
    #expect(BitDepth(bits: 1).apply(half, draw: Draw()).scalars == [0])
    #expect(BitDepth(bits: 2).apply(half, draw: Draw()).scalars == [Float(2) / 3])
  }

  @Test func otherPixelRanges() {
    let bytes = Tensor<Float>(shape: [1, 1, 1, 3], scalars: [10, 127, 250])
    #expect(BitDepth(bits: 1, bounds: 0...255).apply(bytes, draw: Draw()).scalars == [0, 0, 255])
    let signed = Tensor<Float>(shape: [1, 1, 1, 3], scalars: [-0.9, 0.1, 0.9])
    #expect(BitDepth(bits: 1, bounds: -1...1).apply(signed, draw: Draw()).scalars == [-1, 1, 1])
  }

  @Test func theBackwardPassIsTheIdentity() {
    let cotangent = randomImages(shape: [1, 5, 4])
    #expect(BitDepth().pullback(cotangent, at: filteredPixels, draw: Draw()) == cotangent)
    #expect(BitDepth().derivative != .exact)
  }
}
