import Compute
import Networks
import Reference
import TestSupport
import Testing

@Suite struct BatchNormalizationFoldingTests {
  /// Two of each kind: folded into a convolution and a dense layer, left as an affine map after an activation and after
  /// a convolution that another node reads too.
  private func network() throws -> Network {
    var network = try Network(inputShape: [2, 5, 5])
    let normalization = BatchNormalization(epsilon: 1e-3)
    try network.append(.convolution(Convolution(outputChannels: 3, kernel: Extent(3), hasBias: false)), named: "conv")
    try network.append(.batchNormalization(normalization), named: "folded")
    try network.append(.activation(.relu), named: "relu")
    try network.append(.batchNormalization(BatchNormalization(hasScale: false)), named: "kept")
    let shared = try network.append(
      .convolution(Convolution(outputChannels: 3, kernel: Extent(1))), named: "shared")
    try network.append(.batchNormalization(normalization), named: "beside", to: [shared])
    try network.append(.add, named: "sum", to: [shared, shared + 1])
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 4)), named: "dense")
    try network.append(.batchNormalization(BatchNormalization(hasShift: false)), named: "last")
    return network
  }

  @Test func theFoldedNetworkIsTheSameFunction() throws {
    let network = try network()
    let (parameters, images) = GradientCheck.point(for: network, exampleCount: 3, seed: 2)
    let folded = try network.foldingBatchNormalization(parameters)
    try folded.network.check(folded.parameters)
    let before = try ReferenceModel(network: network, parameters: parameters.double).logits(of: images.double)
    let after = try ReferenceModel(network: folded.network, parameters: folded.parameters.double)
      .logits(of: images.double)
    // The folded weights are rounded to single precision once: 2⁻²⁴ relative each, in three layers of 18 to 27 terms.
    #expect(relativeDifference(after, from: before) < 1e-6)
  }

  @Test func noBatchNormalizationRemains() throws {
    let network = try network()
    let (parameters, _) = GradientCheck.point(for: network, exampleCount: 1, seed: 2)
    let kinds = try network.foldingBatchNormalization(parameters).network.nodes.map(\.operation.kindName)
    #expect(
      kinds == ["input", "convolution", "activation", "affine", "convolution", "affine", "add", "flatten", "dense"])
  }
}
