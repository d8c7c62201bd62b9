import Compute
import Networks
import Reference
import Testing

/// Max-pooling after convolutions of many channels, whose blocked layouts it keeps.
@Suite struct MaxPoolingTests {
  /// Windows that divide the image and not, that overlap, leave gaps, are padded and partial.
  static let poolings = [
    Pooling(.max, kernel: Extent(2)),
    Pooling(.max, kernel: Extent(3), stride: Extent(2), padding: Edges(top: 1, bottom: 1, left: 1, right: 1)),
    Pooling(.max, kernel: Extent(2, 3), stride: Extent(3, 1), padding: Edges(top: 0, bottom: 1, left: 2, right: 0)),
    Pooling(.max, kernel: Extent(3), stride: Extent(2), roundsUp: true),
  ]

  private func network(_ pooling: Pooling, channels: Int, activation: Activation?) throws -> Network {
    var network = try Network(inputShape: [32, 7, 8])
    let padding = Edges(top: 2, bottom: 2, left: 2, right: 2)
    try network.append(
      .convolution(Convolution(outputChannels: channels, kernel: Extent(5), padding: padding)), named: "conv")
    if let activation { try network.append(.activation(activation), named: "activation") }
    try network.append(.pooling(pooling), named: "pool")
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 3)), named: "logits")
    return network
  }

  /// Blocks that are full and not, and both layouts: that of oneDNN's convolutions, and that of Winograd's.
  @Test(arguments: poolings, [32, 20])
  func agreesWithTheOracle(_ pooling: Pooling, channels: Int) throws {
    for activation in [Activation.relu, .tanh, nil] {
      let network = try network(pooling, channels: channels, activation: activation)
      let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 4))
      var stream = RandomSource(seed: 4).stream(.data)
      let shape = network.inputShape.batched(3)
      let images = Tensor<Float>(shape: shape, scalars: (0..<shape.count).map { _ in stream.uniform(in: -1...1) })
      let oracle = try ReferenceModel(network: network, parameters: parameters.double)
      for (arithmetic, tolerance) in [(GradientArithmetic.direct, 2e-5), (.winograd, 1e-4)] {
        let model = try CompiledModel(network: network, parameters: parameters, gradients: arithmetic)
        let found = try model.pullback(at: images, cotangent: variedCotangent)
        let expected = oracle.pullback(
          at: images.double, cotangent: variedCotangent(found.logits, 0..<3).double)
        expectClose(found.logits, expected.output, "logits", tolerance: tolerance)
        expectClose(found.gradient, expected.inputGradient, "gradient", tolerance: tolerance)
        expectClose(
          try model.logits(of: images), expected.output, "logits of the forward pass alone", tolerance: 2e-5)
      }
    }
  }

  /// Equal scalars: the first of a window has the gradient.
  @Test func ofEqualScalarsTheFirstCounts() throws {
    var network = try Network(inputShape: [32, 4, 4])
    try network.append(.convolution(Convolution(outputChannels: 32, kernel: Extent(1))), named: "conv")
    try network.append(.pooling(Pooling(.max, kernel: Extent(2))), named: "pool")
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 2)), named: "logits")
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 3))
    let images = Tensor<Float>(shape: [1, 32, 4, 4], scalars: Array(repeating: 0.5, count: 512))
    let gradient = try CompiledModel(network: network, parameters: parameters)
      .pullback(at: images, cotangent: variedCotangent).gradient
    for (place, value) in gradient.scalars.enumerated() {
      #expect((value != 0) == (place / 4 % 2 == 0 && place % 2 == 0))
    }
  }
}
