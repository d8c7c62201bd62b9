import Compute
import Networks
import Reference
import Testing

/// Convolutions of 3×3, 4×4 and 5×5 by Winograd's algorithm against the oracle, forward, back to the input and to the weights.
@Suite struct WinogradConvolutionTests {
  /// One convolution and what is around it.
  struct Case: Sendable, CustomTestStringConvertible {
    var image: Shape = [32, 14, 14]
    var filters = 64
    var kernel = 5
    var stride = 1
    var padding = Edges(top: 2, bottom: 2, left: 2, right: 2)
    var hasBias = true
    var activation: Activation?
    var testDescription: String { "\(image) → \(filters) \(kernel) \(padding) \(activation.map { "\($0)" } ?? "")" }
  }

  /// Sizes that are multiples of a tile's 4 and not, both ways over numbers of channels that have loops of their own and
  /// those that don't, an odd number of blocks, padding of all kinds, and activations that are fused and not.
  static let cases = [
    Case(),
    Case(image: [64, 8, 8], filters: 32),
    Case(image: [32, 9, 13], filters: 48, padding: Edges()),
    Case(image: [48, 7, 11], filters: 32, padding: Edges(top: 4, bottom: 0, left: 1, right: 3)),
    Case(image: [32, 6, 5], filters: 80, padding: Edges(top: 5, bottom: 6, left: 7, right: 5), hasBias: false),
    Case(image: [96, 12, 4], filters: 96, activation: .tanh),
    Case(image: [32, 14, 14], filters: 32, activation: .gelu(approximate: false)),
    Case(image: [64, 8, 8], filters: 128, kernel: 3, padding: Edges(top: 1, bottom: 1, left: 1, right: 1)),
    Case(image: [128, 7, 9], filters: 80, kernel: 3, padding: Edges()),
    Case(
      image: [80, 6, 6], filters: 64, kernel: 3, padding: Edges(top: 3, bottom: 0, left: 2, right: 1), hasBias: false),
    Case(
      image: [64, 8, 16], filters: 80, kernel: 3, stride: 2, padding: Edges(top: 1, bottom: 1, left: 1, right: 1)),
    Case(
      image: [96, 14, 8], filters: 64, kernel: 3, stride: 2, padding: Edges(top: 1, bottom: 0, left: 1, right: 0),
      hasBias: false, activation: .tanh),
    Case(
      image: [16, 14, 14], filters: 32, kernel: 4, stride: 2, padding: Edges(top: 1, bottom: 1, left: 1, right: 1)),
    Case(
      image: [48, 8, 16], filters: 64, kernel: 4, stride: 2, padding: Edges(top: 1, bottom: 2, left: 1, right: 1),
      hasBias: false, activation: .tanh),
    // Filters that are transformed in portions.
    Case(
      image: [272, 4, 4], filters: 240, kernel: 3, padding: Edges(top: 1, bottom: 1, left: 1, right: 1)),
    Case(
      image: [176, 8, 8], filters: 192, kernel: 3, stride: 2, padding: Edges(top: 1, bottom: 1, left: 1, right: 1)),
    Case(
      image: [112, 8, 8], filters: 128, kernel: 4, stride: 2, padding: Edges(top: 1, bottom: 1, left: 1, right: 1)),
  ]

  /// The transforms for tiles of 8×8, for 5×5, round some twenty times as much as the sum itself (2e-6 of the values'
  /// spread with these points, the worst of many ten times that): of the largest value the worst is below 1e-4. A wrong
  /// coefficient makes it 1e-2 and more.
  private static let tolerance = 1e-4

  @Test(arguments: cases) func passesAgreeWithTheOracle(_ testCase: Case) throws {
    let subject = try Subject(testCase, count: 5)
    let found = try subject.model.pullback(at: subject.images, cotangent: variedCotangent)
    let expected = subject.oracle.pullback(
      at: subject.images.double, cotangent: variedCotangent(found.logits, 0..<5).double)
    expectClose(found.logits, expected.output, "logits")
    expectClose(found.gradient, expected.inputGradient, "gradient")
    let direct = try CompiledModel(network: subject.network, parameters: subject.parameters)
    let judging = try direct.logits(of: subject.images)
    #expect(try subject.model.logits(of: subject.images) == judging)
    #expect(found.logits != judging, "else the algorithm was not used")
    #expect(direct.pullbackLogitsAreExact && !subject.model.pullbackLogitsAreExact)
  }

  /// The gradients of weights are sums over tiles, in pieces of 96 and more: 40 images have 640 tiles, six pieces and part of
  /// a seventh.
  @Test(arguments: cases.map { ($0, 5) } + [(Case(), 40)]) func trainingAgreesWithTheOracle(
    _ testCase: Case, count: Int
  ) throws {
    let subject = try Subject(testCase, count: count)
    let context = GradientCheck.trainingContext(exampleCount: count, seed: 7)
    let found = try subject.model.trainingPass(at: subject.images, context: context, cotangent: variedCotangent)
    let expected = subject.oracle.trainingPass(at: subject.images.double, context: context) { _ in
      variedCotangent(found.logits, 0..<5).double
    }
    expectClose(found.logits, expected.logits, "logits")
    for (key, gradient) in expected.gradients.tensors {
      expectClose(try #require(found.gradients.tensors[key]), gradient, "gradient of \(key)")
    }
  }

  /// Rectified values may change sides by rounding, and their gradients with them, so only the values are compared.
  @Test func rectifiesInItsOwnPass() throws {
    let subject = try Subject(Case(activation: .relu), count: 3)
    let found = try subject.model.pullback(at: subject.images, cotangent: variedCotangent)
    expectClose(found.logits, subject.oracle.logits(of: subject.images.double), "logits")
  }

  /// The input gradient of a convolution is set to zero where the ReLU before it is off, unless something else reads
  /// that ReLU, too.
  @Test(arguments: [(3, 1), (3, 2), (4, 2)]) func appliesTheDerivativeOfAReLUOnce(kernel: Int, stride: Int) throws {
    for isShared in [false, true] {
      var network = try Network(inputShape: [64, 8, 8])
      let rectified = try network.append(.activation(.relu), named: "relu")
      let convolution = Convolution(
        outputChannels: 64, kernel: Extent(kernel), stride: Extent(stride),
        padding: Edges(top: 1, bottom: 1, left: 1, right: 1))
      let first = try network.append(.convolution(convolution), named: "conv1")
      if isShared {
        let second = try network.append(.convolution(convolution), named: "conv2", to: [rectified])
        try network.append(.add, named: "sum", to: [first, second])
      }
      try network.append(.flatten(.channelsFirst), named: "flatten")
      try network.append(.dense(Dense(outputs: 3)), named: "logits")
      let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 7))
      var stream = RandomSource(seed: 7).stream(.data)
      let shape = network.inputShape.batched(3)
      let images = Tensor<Float>(shape: shape, scalars: (0..<shape.count).map { _ in stream.uniform(in: -1...1) })
      let found = try CompiledModel(network: network, parameters: parameters, gradients: .winograd)
        .pullback(at: images, cotangent: variedCotangent)
      let expected = try ReferenceModel(network: network, parameters: parameters.double)
        .pullback(at: images.double, cotangent: variedCotangent(found.logits, 0..<3).double)
      expectClose(found.logits, expected.output, "logits")
      expectClose(found.gradient, expected.inputGradient, "gradient")
    }
  }

  /// Strips of 6, 8 or 16 tiles, some of them between two passes over the weights, and 16 or 4 tiles an image: an
  /// example lies across strips, and elsewhere in them in every batch. Two passes over filters in portions; and 10 MB,
  /// which are stored past the caches where 20 images and fewer are not.
  @Test(arguments: [
    Case(activation: .relu),
    Case(
      image: [16, 14, 14], filters: 32, kernel: 4, stride: 2, padding: Edges(top: 1, bottom: 1, left: 1, right: 1)),
    Case(image: [272, 8, 8], filters: 256, kernel: 3, padding: Edges(top: 1, bottom: 1, left: 1, right: 1)),
    Case(image: [64, 32, 32], filters: 64, kernel: 3, padding: Edges(top: 1, bottom: 1, left: 1, right: 1)),
  ]) func anExampleDoesNotDependOnItsBatch(_ testCase: Case) throws {
    let subject = try Subject(testCase, count: 40)
    let all = try subject.model.pullback(at: subject.images, cotangent: variedCotangent)
    for range in [0..<1, 0..<7, 3..<20, 13..<40] {
      let part = try subject.model.pullback(at: subject.images.examples(range)) { logits, rows in
        variedCotangent(logits, range.lowerBound + rows.lowerBound..<range.lowerBound + rows.upperBound)
      }
      #expect(part.logits == all.logits.examples(range))
      #expect(part.gradient == all.gradient.examples(range))
    }
  }

  @Test func newWeightsReachTheKernel() throws {
    let subject = try Subject(Case(), count: 2)
    _ = try subject.model.pullback(at: subject.images, cotangent: variedCotangent)
    let other = try Parameters.initial(for: subject.network, random: RandomSource(seed: 8))
    subject.model.updateParameters { $0 = other }
    let fresh = try CompiledModel(network: subject.network, parameters: other, gradients: .winograd)
    let found = try subject.model.pullback(at: subject.images, cotangent: variedCotangent)
    let expected = try fresh.pullback(at: subject.images, cotangent: variedCotangent)
    #expect(found.logits == expected.logits && found.gradient == expected.gradient)
  }

  /// A NaN must not become a confident answer, and stays within its example.
  @Test func aNaNInAnImageIsSeen() throws {
    let subject = try Subject(Case(activation: .relu), count: 3)
    var images = subject.images
    let place = images.exampleSize + 100
    images.withUnsafeMutableScalars { $0[place] = .nan }
    let logits = try subject.model.pullback(at: images, cotangent: variedCotangent).logits
    #expect(logits.examples(1..<2).scalars.contains { $0.isNaN })
    for other in [0..<1, 2..<3] { #expect(logits.examples(other).scalars.allSatisfy { $0.isFinite }) }
  }

  /// What the algorithm is not taken for: few channels, parts of a block, strides, other kernels, groups.
  @Test(arguments: [
    Convolution(outputChannels: 16, kernel: Extent(5)), Convolution(outputChannels: 40, kernel: Extent(5)),
    Convolution(outputChannels: 32, kernel: Extent(5), stride: Extent(2)),
    Convolution(outputChannels: 64, kernel: Extent(3), stride: Extent(2)),
    Convolution(outputChannels: 32, kernel: Extent(5, 3)),
    Convolution(outputChannels: 32, kernel: Extent(5), groups: 2),
    Convolution(outputChannels: 32, kernel: Extent(5), dilation: Extent(2)),
    Convolution(outputChannels: 32, kernel: Extent(9)), Convolution(outputChannels: 64, kernel: Extent(3)),
  ]) func otherConvolutionsStayDirect(_ convolution: Convolution) throws {
    var network = try Network(inputShape: [32, 10, 10])
    try network.append(.convolution(convolution), named: "conv")
    try network.append(.flatten(.channelsFirst), named: "flatten")
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 1))
    #expect(try CompiledModel(network: network, parameters: parameters, gradients: .winograd).pullbackLogitsAreExact)
  }

  private func expectClose(_ found: Tensor<Float>, _ expected: Tensor<Double>, _ what: String) {
    ComputeTests.expectClose(found, expected, what, tolerance: Self.tolerance)
  }
}

/// A network of one convolution between the image and the logits, and examples.
private struct Subject {
  let network: Network
  let parameters: Parameters
  let model: CompiledModel
  let images: Tensor<Float>
  let oracle: ReferenceModel

  init(_ testCase: WinogradConvolutionTests.Case, count: Int) throws {
    var network = try Network(inputShape: testCase.image)
    let convolution = Convolution(
      outputChannels: testCase.filters, kernel: Extent(testCase.kernel), stride: Extent(testCase.stride),
      padding: testCase.padding, hasBias: testCase.hasBias)
    try network.append(.convolution(convolution), named: "conv")
    if let activation = testCase.activation { try network.append(.activation(activation), named: "activation") }
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 3)), named: "logits")
    self.network = network
    parameters = try Parameters.initial(for: network, random: RandomSource(seed: 7))
    model = try CompiledModel(network: network, parameters: parameters, gradients: .winograd)
    oracle = try ReferenceModel(network: network, parameters: parameters.double)
    var stream = RandomSource(seed: 7).stream(.data)
    let shape = network.inputShape.batched(count)
    images = Tensor(shape: shape, scalars: (0..<shape.count).map { _ in stream.uniform(in: -1...1) })
  }
}
