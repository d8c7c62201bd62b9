import Compute
import Networks
import Reference
import Testing

/// ReLUs whose derivative is kept as signs: after every kind of node that computes the ReLU too, and alone.
@Suite struct RectifierTests {
  enum Source: String, CaseIterable, Sendable {
    case convolution, winograd, sum, oddSum, normalization, pooling, dense, flattened
  }

  /// The source, a ReLU, and a convolution and a sum that read it.
  private func network(_ source: Source) throws -> Network {
    let channels = source == .oddSum ? 5 : 64
    let edges = Edges(top: 1, bottom: 1, left: 1, right: 1)
    let convolution = Operation.convolution(
      Convolution(outputChannels: channels, kernel: Extent(3), padding: edges))
    var network = try Network(inputShape: [3, 8, 7])
    let first = try network.append(convolution, named: "first")
    switch source {
    case .convolution: break
    case .winograd, .flattened: try network.append(convolution, named: "second")
    case .sum, .oddSum:
      let second = try network.append(convolution, named: "second")
      try network.append(.add, named: "sum", to: [first, second, first])
    case .normalization: try network.append(.batchNormalization(BatchNormalization()), named: "norm")
    case .pooling:
      try network.append(.pooling(Pooling(.average(countsPadding: true), kernel: Extent(2))), named: "pool")
    case .dense:
      try network.append(.flatten(.channelsFirst), named: "flat")
      try network.append(.dense(Dense(outputs: 40)), named: "dense")
    }
    let rectified = try network.append(.activation(.relu), named: "relu")
    switch source {
    case .dense: break
    case .flattened: try network.append(.flatten(.channelsFirst), named: "flatten")
    case .convolution, .winograd, .sum, .oddSum, .normalization, .pooling:
      let last = try network.append(convolution, named: "last")
      try network.append(.add, named: "shortcut", to: [last, rectified])
      try network.append(.flatten(.channelsFirst), named: "flatten")
    }
    try network.append(.dense(Dense(outputs: 3)), named: "logits")
    return network
  }

  @Test(arguments: Source.allCases, [GradientArithmetic.direct, .winograd])
  func gradientsAgreeWithTheOracle(_ source: Source, _ arithmetic: GradientArithmetic) throws {
    let network = try network(source)
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 6))
    var stream = RandomSource(seed: 6).stream(.data)
    let shape = network.inputShape.batched(5)
    let images = Tensor<Float>(shape: shape, scalars: (0..<shape.count).map { _ in stream.uniform(in: -1...1) })
    let model = try CompiledModel(network: network, parameters: parameters, gradients: arithmetic)
    let oracle = try ReferenceModel(network: network, parameters: parameters.double)
    let found = try model.pullback(at: images, cotangent: variedCotangent)
    let expected = oracle.pullback(at: images.double, cotangent: variedCotangent(found.logits, 0..<5).double)
    // Winograd's rounding; a derivative in the wrong place makes it 1e-2 and more.
    expectClose(found.logits, expected.output, "logits", tolerance: 1e-4)
    expectClose(found.gradient, expected.inputGradient, "gradient", tolerance: 1e-4)
    let context = GradientCheck.trainingContext(exampleCount: 5, seed: 7)
    let pass = try model.trainingPass(at: images, context: context, cotangent: variedCotangent)
    let whole = oracle.trainingPass(at: images.double, context: context) { _ in
      variedCotangent(pass.logits, 0..<5).double
    }
    for (key, gradient) in whole.gradients.tensors {
      expectClose(
        try #require(pass.gradients.tensors[key]), gradient, "\(key)", tolerance: 1e-4, smallest: 1)
    }
  }

  /// At 0 the derivative is 0, whatever computes the ReLU; NaN stays NaN and lets no gradient pass.
  @Test(arguments: [Float(0), -0.0, .nan]) func signsAtTheBoundary(_ value: Float) throws {
    var network = try Network(inputShape: [64, 4, 4])
    let input = 0
    try network.append(.add, named: "sum", to: [input, input])
    try network.append(.activation(.relu), named: "relu")
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 3)), named: "logits")
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 2))
    let images = Tensor(shape: [2, 64, 4, 4], scalars: Array(repeating: value, count: 2 * 1024))
    let found = try CompiledModel(network: network, parameters: parameters)
      .pullback(at: images) { logits, _ in Tensor(shape: logits.shape, scalars: logits.scalars.map { _ in 1 }) }
    #expect(found.gradient.scalars.allSatisfy { $0 == 0 })
    #expect(found.logits.scalars.allSatisfy { $0.isNaN == value.isNaN })
  }
}
