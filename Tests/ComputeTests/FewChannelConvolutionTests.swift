import Compute
import Networks
import Reference
import Testing

/// Networks that the lab's own kernels run: all of it (few filters) or the first layer's gradient (few channels).
@Suite struct FewChannelConvolutionTests {
  /// Windows of every kind: strides beyond the kernel, dilation, padding on all sides, uneven images.
  struct Window: Sendable, CustomTestStringConvertible {
    var image: Shape = [1, 9, 11]
    var kernel = Extent(3)
    var stride = Extent(1)
    var padding = Edges()
    var dilation = Extent(1)
    var testDescription: String { "\(image) \(kernel) \(stride) \(padding) \(dilation)" }
  }

  static let windows = [
    Window(),
    Window(image: [3, 8, 8], kernel: Extent(5, 3), padding: Edges(top: 2, bottom: 1, left: 0, right: 3)),
    Window(
      image: [2, 12, 10], kernel: Extent(4), stride: Extent(2), padding: Edges(top: 1, bottom: 1, left: 1, right: 1)),
    Window(image: [4, 13, 9], kernel: Extent(2, 3), stride: Extent(3, 2), dilation: Extent(2, 1)),
    Window(image: [1, 7, 20], kernel: Extent(1), stride: Extent(2, 3)),
    Window(image: [3, 9, 37], kernel: Extent(3), padding: Edges(top: 1, bottom: 1, left: 1, right: 1)),
    Window(
      image: [2, 11, 38], kernel: Extent(3, 4), stride: Extent(3, 1),
      padding: Edges(top: 0, bottom: 0, left: 2, right: 5)),
    Window(
      image: [1, 28, 28], kernel: Extent(4), stride: Extent(2), padding: Edges(top: 3, bottom: 0, left: 1, right: 7)),
    Window(
      image: [3, 12, 70], kernel: Extent(4, 3), stride: Extent(5, 4),
      padding: Edges(top: 0, bottom: 6, left: 0, right: 0)),
    Window(
      image: [1, 20, 7], kernel: Extent(3), padding: Edges(top: 4, bottom: 4, left: 2, right: 2), dilation: Extent(3, 2)
    ),
  ]

  /// Sums of some hundred products in single precision: 2e-5 is what `CompiledModelTests` argues for longer ones.
  private static let tolerance = 2e-5

  /// 5 filters run in the lab's kernels throughout, 20 in oneDNN but for the first layer's gradient.
  @Test(arguments: windows, [5, 20])
  func agreesWithTheOracle(_ window: Window, filters: Int) throws {
    try check(network(window, filters: filters, order: .channelsFirst, pooling: Pooling(.max, kernel: Extent(2))))
  }

  /// The ReLU's derivative is taken by the gradient of the first layer: of 1, 2, 3 and 5 blocks of 8 channels.
  @Test(arguments: windows, [5, 12, 24, 40])
  func agreesWithTheOracleWithoutPooling(_ window: Window, filters: Int) throws {
    try check(network(window, filters: filters, order: .channelsFirst, pooling: nil))
  }

  @Test(arguments: [
    Pooling(.max, kernel: Extent(3, 2), stride: Extent(2, 1)),
    Pooling(.average(countsPadding: false), kernel: Extent(2)),
  ])
  func agreesWithTheOracleAfterPooling(_ pooling: Pooling) throws {
    try check(network(Window(), filters: 3, order: .channelsLast, pooling: pooling))
  }

  @Test func anExampleDoesNotDependOnItsBatch() throws {
    let network = try network(Window(), filters: 3, order: .channelsFirst, pooling: Pooling(.max, kernel: Extent(2)))
    let model = try CompiledModel(network: network, parameters: parameters(of: network))
    let images = images(count: 130, of: network)
    let all = try model.pullback(at: images, cotangent: variedCotangent)
    #expect(try model.logits(of: images) == all.logits)
    for count in [1, 17, 24, 100] {
      let part = try model.pullback(at: images.examples(0..<count), cotangent: variedCotangent)
      #expect(part.logits == all.logits.examples(0..<count))
      #expect(part.gradient == all.gradient.examples(0..<count))
    }
  }

  @Test func newWeightsReachTheKernels() throws {
    let network = try network(Window(), filters: 3, order: .channelsFirst, pooling: Pooling(.max, kernel: Extent(2)))
    let model = try CompiledModel(network: network, parameters: parameters(of: network))
    let images = images(count: 2, of: network)
    _ = try model.logits(of: images)
    let other = try parameters(of: network, seed: 8)
    model.updateParameters { $0 = other }
    let expected = try CompiledModel(network: network, parameters: other).logits(of: images)
    #expect(try model.logits(of: images) == expected)
  }

  /// A NaN must not become a confident answer.
  @Test func aNaNInAnImageIsSeen() throws {
    let network = try network(Window(), filters: 3, order: .channelsFirst, pooling: Pooling(.max, kernel: Extent(2)))
    let model = try CompiledModel(network: network, parameters: parameters(of: network))
    for place in [0, 50, 75] {
      var images = images(count: 1, of: network)
      images.withUnsafeMutableScalars { $0[place] = .nan }
      #expect(try model.logits(of: images).scalars.contains { $0.isNaN })
    }
  }

  private func network(_ window: Window, filters: Int, order: AxisOrder, pooling: Pooling?) throws -> Network {
    var network = try Network(inputShape: window.image)
    let convolution = Convolution(
      outputChannels: filters, kernel: window.kernel, stride: window.stride, padding: window.padding,
      dilation: window.dilation)
    try network.append(.convolution(convolution), named: "conv")
    try network.append(.activation(.relu), named: "relu")
    if let pooling { try network.append(.pooling(pooling), named: "pool") }
    try network.append(.flatten(order), named: "flatten")
    try network.append(.dense(Dense(outputs: 7)), named: "hidden")
    try network.append(.activation(.relu), named: "hidden_relu")
    try network.append(.dense(Dense(outputs: 3)), named: "logits")
    return network
  }

  private func parameters(of network: Network, seed: UInt64 = 7) throws -> Parameters {
    try Parameters.initial(for: network, random: RandomSource(seed: seed))
  }

  private func images(count: Int, of network: Network) -> Tensor<Float> {
    var stream = RandomSource(seed: 7).stream(.data)
    let shape = network.inputShape.batched(count)
    return Tensor(shape: shape, scalars: (0..<shape.count).map { _ in stream.uniform(in: -1...1) })
  }

  private func check(_ network: Network) throws {
    let parameters = try parameters(of: network)
    let model = try CompiledModel(network: network, parameters: parameters)
    let images = images(count: 19, of: network)
    let found = try model.pullback(at: images, cotangent: variedCotangent)
    let expected = try ReferenceModel(network: network, parameters: parameters.double)
      .pullback(at: images.double, cotangent: variedCotangent(found.logits, 0..<19).double)
    #expect(try model.logits(of: images) == found.logits)
    expectClose(found.logits, expected.output, "logits", tolerance: Self.tolerance, smallest: 0.1)
    expectClose(found.gradient, expected.inputGradient, "gradient", tolerance: Self.tolerance, smallest: 0.1)
  }
}
