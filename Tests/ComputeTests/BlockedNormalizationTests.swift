import Compute
import Networks
import Reference
import Testing

/// Batch normalisation and affine maps of whole blocks of 16 channels.
@Suite struct BlockedNormalizationTests {
  /// With a ReLU after it and without one, read twice, and where no convolution comes before.
  private func network() throws -> Network {
    var network = try Network(inputShape: [3, 6, 5])
    let convolution = Convolution(
      outputChannels: 32, kernel: Extent(3), padding: Edges(top: 1, bottom: 1, left: 1, right: 1), hasBias: false)
    try network.append(.convolution(convolution), named: "conv1")
    let first = try network.append(.batchNormalization(BatchNormalization(epsilon: 1e-3)), named: "norm1")
    try network.append(.batchNormalization(BatchNormalization(hasScale: false)), named: "norm2")
    try network.append(.activation(.relu), named: "relu1")
    let second = try network.append(.convolution(convolution), named: "conv2")
    try network.append(.add, named: "sum", to: [first, second])
    try network.append(.batchNormalization(BatchNormalization(hasShift: false)), named: "norm3")
    try network.append(.activation(.relu), named: "relu2")
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 4)), named: "logits")
    return network
  }

  @Test func trainingAgreesWithTheOracle() throws {
    let network = try network()
    let (parameters, images) = GradientCheck.point(for: network, exampleCount: 5, seed: 2)
    let oracle = try ReferenceModel(network: network, parameters: parameters.double)
    let model = try CompiledModel(network: network, parameters: parameters)
    let context = GradientCheck.trainingContext(exampleCount: 5, seed: 2)
    let found = try model.trainingPass(at: images, context: context, cotangent: variedCotangent)
    let expected = oracle.trainingPass(at: images.double, context: context) { _ in
      variedCotangent(found.logits, 0..<5).double
    }
    expectClose(found.logits, expected.logits, "logits", tolerance: 2e-5)
    for (key, gradient) in expected.gradients.tensors {
      let found = try #require(found.gradients.tensors[key])
      expectClose(found, gradient, "gradient of \(key)", tolerance: 1e-4, smallest: 1e-2)
    }
  }

  @Test func inputGradientsAgreeWithTheOracle() throws {
    let network = try network()
    let (parameters, images) = GradientCheck.point(for: network, exampleCount: 5, seed: 2)
    let oracle = try ReferenceModel(network: network, parameters: parameters.double)
    let found = try CompiledModel(network: network, parameters: parameters)
      .pullback(at: images, cotangent: variedCotangent)
    let expected = oracle.pullback(at: images.double, cotangent: variedCotangent(found.logits, 0..<5).double)
    expectClose(found.logits, expected.output, "logits", tolerance: 2e-5)
    expectClose(found.gradient, expected.inputGradient, "gradient", tolerance: 2e-5)
  }

  /// 36 images of 64 channels are 9 MB, which are stored past the caches. Without biases, whose gradient is 0.
  @Test func trainingOnLargeImagesAgreesWithTheOracle() throws {
    var network = try Network(inputShape: [3, 32, 32])
    try network.append(.convolution(Convolution(outputChannels: 64, kernel: Extent(1), hasBias: false)), named: "conv")
    try network.append(.batchNormalization(BatchNormalization()), named: "norm")
    try network.append(.globalPooling(GlobalPooling(.average)), named: "pool")
    try network.append(.dense(Dense(outputs: 4)), named: "logits")
    let count = 36
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 2))
    var stream = RandomSource(seed: 2).stream(.data)
    let shape = network.inputShape.batched(count)
    let images = Tensor<Float>(shape: shape, scalars: (0..<shape.count).map { _ in stream.uniform(in: -1...1) })
    let oracle = try ReferenceModel(network: network, parameters: parameters.double)
    let model = try CompiledModel(network: network, parameters: parameters)
    let context = GradientCheck.trainingContext(exampleCount: count, seed: 2)
    let found = try model.trainingPass(at: images, context: context, cotangent: variedCotangent)
    let expected = oracle.trainingPass(at: images.double, context: context) { _ in
      variedCotangent(found.logits, 0..<count).double
    }
    expectClose(found.logits, expected.logits, "logits", tolerance: 2e-5)
    for (key, gradient) in expected.gradients.tensors {
      let found = try #require(found.gradients.tensors[key])
      expectClose(found, gradient, "gradient of \(key)", tolerance: 1e-4, smallest: 1e-2)
    }
  }
}
