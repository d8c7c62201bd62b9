import Networks
import Testing

@Suite struct ParametersTests {
  private func network() throws -> Network {
    var network = try Network(inputShape: [4, 6, 6])
    try network.append(.affine(Affine()), named: "normalize")
    try network.append(
      .convolution(Convolution(outputChannels: 6, kernel: Extent(3, 2), groups: 2, hasBias: false)), named: "conv")
    try network.append(.batchNormalization(BatchNormalization(hasShift: false)), named: "norm")
    try network.append(.parametricReLU(ParametricReLU()), named: "act")
    try network.append(
      .transposedConvolution(TransposedConvolution(outputChannels: 4, kernel: Extent(2), groups: 2)), named: "up")
    try network.append(.layerNormalization(LayerNormalization(axes: [0, 2])), named: "layer")
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 3)), named: "logits")
    return network
  }

  @Test func specifications() throws {
    let specifications = try network().parameterSpecifications
    let listed = specifications.map { "\($0.key) \($0.shape)\($0.isTrainable ? "" : " frozen")" }
    #expect(
      listed == [
        "normalize/scale 4 frozen", "normalize/shift 4 frozen", "conv/weight 6×2×3×2", "norm/scale 6",
        "norm/mean 6 frozen", "norm/variance 6 frozen", "act/slope 6", "up/weight 6×2×2×2", "up/bias 4",
        "layer/scale 4×6", "layer/shift 4×6", "logits/weight 3×120", "logits/bias 3",
      ])
  }

  @Test func checkAcceptsWhatFitsAndNamesWhatDoesNot() throws {
    let network = try network()
    let good = try Parameters.initial(for: network, random: RandomSource(seed: 1))
    try network.check(good)

    var missing = good
    missing["conv", .weight] = nil
    #expect(throws: NetworkError(node: "conv", expected: "a weight of 6×2×3×2", found: "none")) {
      try network.check(missing)
    }
    var transposed = good
    transposed["logits", .weight] = Tensor(shape: [120, 3])
    #expect(throws: NetworkError(node: "logits", expected: "a weight of 3×120", found: "one of 120×3")) {
      try network.check(transposed)
    }
    var infinite = good
    infinite["logits", .bias] = Tensor(shape: [3], scalars: [0, .infinity, 0])
    #expect(throws: NetworkError(node: "logits", expected: "finite values in bias", found: "NaN or infinity")) {
      try network.check(infinite)
    }
    var surplus = good
    surplus["conv", .bias] = Tensor(shape: [6])
    #expect(throws: NetworkError(node: "conv", expected: "parameters of this network alone", found: "conv/bias")) {
      try network.check(surplus)
    }
  }

  @Test func doublePrecisionCopiesHaveTheSameValues() throws {
    let parameters = Parameters([ParameterKey("a", .bias): Tensor(shape: [2], scalars: [0.1, 2])])
    #expect(parameters.double["a", .bias]?.scalars == [Double(Float(0.1)), 2])
  }
}
