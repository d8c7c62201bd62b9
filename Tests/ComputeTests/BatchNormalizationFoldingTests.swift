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
    let products = folded.parameters.products
    try folded.network.check(products)
    let before = try ReferenceModel(network: network, parameters: parameters.double).logits(of: images.double)
    let after = try ReferenceModel(network: folded.network, parameters: products.double)
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

  /// Every number differs, those of batch normalisations too.
  private func randomParameters(of network: Network, seed: UInt64) throws -> Parameters {
    var parameters = try Parameters.initial(for: network, random: RandomSource(seed: seed))
    var stream = RandomSource(seed: seed).stream(.check)
    for key in parameters.tensors.keys.sorted() where key.role != .weight {
      parameters.tensors[key]?.withUnsafeMutableScalars { scalars in
        for place in scalars.indices { scalars[place] = stream.uniform(in: 0.5...2) }
      }
    }
    return parameters
  }

  /// The engine multiplies weights by the factors of batch normalisation where it reads them: as it is asked for, in
  /// Winograd's transforms forward and back, in large weights part by part, and in weights that it reads as they are.
  @Test(arguments: [GradientArithmetic.direct, .winograd])
  func factorsHaveTheBitsOfFoldedWeights(_ arithmetic: GradientArithmetic) throws {
    var network = try Network(inputShape: [3, 8, 8])
    let edges = Edges(top: 1, bottom: 1, left: 1, right: 1)
    for (name, channels, stride) in [("first", 64, 1), ("second", 288, 1), ("third", 320, 2)] {
      try network.append(
        .convolution(
          Convolution(
            outputChannels: channels, kernel: Extent(3), stride: Extent(stride), padding: edges, hasBias: false)),
        named: name)
      try network.append(.batchNormalization(BatchNormalization()), named: "norm of \(name)")
      try network.append(.activation(.relu), named: "relu of \(name)")
    }
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 5)), named: "dense")
    try network.append(.batchNormalization(BatchNormalization()), named: "last")
    let parameters = try randomParameters(of: network, seed: 2)
    let images = Tensor<Float>(shape: [3, 3, 8, 8], scalars: (0..<576).map { Float($0 * 37 % 100) / 100 })
    let folded = try network.foldingBatchNormalization(parameters)
    let model = try CompiledModel(network: network, parameters: parameters, gradients: arithmetic)
    let other = try CompiledModel(
      network: folded.network, parameters: folded.parameters.products, gradients: arithmetic)
    for update in 0..<2 {
      #expect(try model.logits(of: images) == other.logits(of: images), "after \(update) updates")
      let (found, expected) = (
        try model.pullback(at: images, cotangent: variedCotangent),
        try other.pullback(at: images, cotangent: variedCotangent)
      )
      #expect(found.logits == expected.logits && found.gradient == expected.gradient, "after \(update) updates")
      let changed = try randomParameters(of: network, seed: 3)
      model.updateParameters { $0 = changed }
      let refolded = try network.foldingBatchNormalization(changed).parameters.products
      other.updateParameters { $0 = refolded }
    }
  }
}
