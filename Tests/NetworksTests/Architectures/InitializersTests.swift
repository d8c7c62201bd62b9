import Networks
import Testing

@Suite struct InitializersTests {
  /// A convolution with fan-in 8·9 = 72 and fan-out 64·9 = 576, and a dense layer with fans 64 and 500.
  private func network() throws -> Network {
    var network = try Network(inputShape: [16, 3, 3])
    try network.append(.convolution(Convolution(outputChannels: 64, kernel: Extent(3), groups: 2)), named: "conv")
    try network.append(.batchNormalization(BatchNormalization()), named: "norm")
    try network.append(.parametricReLU(ParametricReLU()), named: "act")
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 500)), named: "dense")
    return network
  }

  private func scalars(
    _ node: String, _ role: ParameterRole, _ initializer: Initializer = .pyTorch, seed: UInt64 = 5
  ) throws -> [Float] {
    let parameters = try Parameters.initial(for: network(), random: RandomSource(seed: seed), initializer: initializer)
    return try #require(parameters[node, role]).scalars
  }

  /// Convolution and dense layer: fan-in 72 and 64, fan-in plus fan-out 648 and 564.
  private static let variances: [(Initializer, conv: Double, dense: Double)] = [
    (.pyTorch, 1.0 / 216, 1.0 / 192), (.heNormal, 1.0 / 36, 1.0 / 32), (.heUniform, 1.0 / 36, 1.0 / 32),
    (.glorotUniform, 1.0 / 324, 1.0 / 282), (.intervalBounds, 2 * .pi / (72 * 72), 2 * .pi / (64 * 64)),
  ]

  @Test(arguments: variances)
  func meanAndVariance(initializer: Initializer, conv: Double, dense: Double) throws {
    try checkMoments("conv", initializer, variance: conv)
    try checkMoments("dense", initializer, variance: dense)
  }

  private func checkMoments(_ node: String, _ initializer: Initializer, variance: Double) throws {
    let values = try scalars(node, .weight, initializer).map(Double.init)
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let found = values.reduce(0) { $0 + $1 * $1 } / count
    // Five standard errors: of a mean √(v/n), of a mean square at most v·√(2/n) (the normal's).
    #expect(abs(mean) < 5 * (variance / count).squareRoot(), "\(mean)")
    #expect(abs(found - variance) < 5 * variance * (2 / count).squareRoot(), "\(found) for \(variance)")
  }

  @Test func uniformOnesStayInTheirBounds() throws {
    for (initializer, bound) in [
      (Initializer.pyTorch, 1 / Float(72).squareRoot()), (.heUniform, (6 / Float(72)).squareRoot()),
      (.glorotUniform, (6 / Float(72 + 576)).squareRoot()),
    ] {
      let largest = try scalars("conv", .weight, initializer).map(abs).max() ?? 0
      // Of 4608 draws the largest lies within 1 % of the bound but for a chance of e⁻⁴⁶.
      #expect(largest <= bound && largest > 0.99 * bound)
    }
  }

  @Test func biases() throws {
    let bias = try scalars("dense", .bias)
    #expect(bias.allSatisfy { abs($0) <= 1.0 / 8 })
    #expect((bias.map(abs).max() ?? 0) > 0.95 / 8)
    for initializer in [Initializer.heNormal, .heUniform, .glorotUniform, .intervalBounds] {
      #expect(try scalars("dense", .bias, initializer).allSatisfy { $0 == 0 })
    }
  }

  @Test func normalisationsStartAsTheIdentity() throws {
    #expect(try Set(scalars("norm", .scale)) == [1])
    #expect(try Set(scalars("norm", .variance)) == [1])
    #expect(try Set(scalars("norm", .shift)) == [0])
    #expect(try Set(scalars("norm", .mean)) == [0])
    #expect(try Set(scalars("act", .slope)) == [0.25])
  }

  @Test func seedsDecide() throws {
    #expect(try scalars("conv", .weight) == scalars("conv", .weight))
    #expect(try scalars("conv", .weight) != scalars("conv", .weight, seed: 6))
  }

  @Test func equalLayersStartDifferently() throws {
    var network = try Network(inputShape: [10])
    try network.append(.dense(Dense(outputs: 10)), named: "a")
    try network.append(.dense(Dense(outputs: 10)), named: "b")
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 5))
    #expect(parameters["a", .weight] != parameters["b", .weight])
    #expect(parameters["a", .weight]?.scalars.prefix(10) != parameters["a", .bias]?.scalars.prefix(10))
  }
}
