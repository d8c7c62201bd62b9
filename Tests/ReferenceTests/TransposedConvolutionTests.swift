import Networks
import Reference
import TestSupport
import Testing

@Suite struct TransposedConvolutionTests {
  @Test func onePixelSpreadsTheKernel() throws {
    let payload = TransposedConvolution(outputChannels: 1, kernel: Extent(2), stride: Extent(2))
    let model = try ReferenceModel.single(
      .transposedConvolution(payload), from: [1, 1, 2], [.weight: [1, 2, 3, 4], .bias: [10]])
    #expect(model([1, -1]) == [11, 12, 9, 8, 13, 14, 7, 6])
  }

  @Test func isTheInputGradientOfAConvolution() throws {
    let kernel = Extent(3)
    let weight = Tensor.pattern([4, 3, 3, 3], multiplier: 5, modulus: 13).scalars
    // 8 rows under stride 2 leave one row that the transpose reaches by output padding alone.
    let convolution = try ReferenceModel.single(
      .convolution(
        Convolution(
          outputChannels: 4, kernel: kernel, stride: Extent(2), padding: Edges(1), groups: 2, hasBias: false)),
      from: [6, 8, 7], [.weight: weight])
    let transposed = try ReferenceModel.single(
      .transposedConvolution(
        TransposedConvolution(
          outputChannels: 6, kernel: kernel, stride: Extent(2), padding: Edges(1), outputPadding: Extent(1, 0),
          groups: 2, hasBias: false)),
      from: convolution.network.outputShape, [.weight: weight])
    let cotangent = Tensor.pattern(convolution.network.outputShape).scalars
    let gradient = convolution.inputGradient(at: Tensor.pattern([6, 8, 7]).scalars, of: cotangent)
    // Multiples of 1/64: exact.
    #expect(transposed(cotangent) == gradient)
  }
}
