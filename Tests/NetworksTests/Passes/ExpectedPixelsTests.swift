import Networks
import Testing

/// What the head of a network says about its pixels.
struct ExpectedPixelsTests {
  private func range(
    _ maps: [(scale: [Float], shift: [Float])], shape: Shape = [3, 4, 4], before: [Networks.Operation] = []
  ) throws -> ClosedRange<Float>? {
    var network = try Network(inputShape: shape)
    var parameters = Parameters()
    for (index, operation) in before.enumerated() { try network.append(operation, named: "before\(index)") }
    for (index, map) in maps.enumerated() {
      let node = try network.append(.affine(Affine()), named: "map\(index)")
      let channels = network.nodes[node].shape[0]
      for (role, values) in [(ParameterRole.scale, map.scale), (.shift, map.shift)] {
        parameters["map\(index)", role] = Tensor(
          shape: [channels], scalars: values.count == 1 ? [Float](repeating: values[0], count: channels) : values)
      }
    }
    try network.append(.flatten(.channelsFirst), named: "flat")
    try network.append(.dense(Dense(outputs: 2)), named: "logits")
    return network.expectedPixelRange(parameters)
  }

  @Test func bytes() throws {
    #expect(try range([([1 / 255], [0])]) == 0...255)
    #expect(try range([([1 / 127.5], [-1])]) == 0...255)
    // The mean that Caffe subtracts.
    #expect(try range([([1], [-103.939, -116.779, -123.68])]) == 0...255)
    // EfficientNet: by 255, then by mean and deviation, then by the root of the deviation.
    let mean: [Float] = [0.485, 0.456, 0.406]
    let deviation: [Float] = [0.229, 0.224, 0.225]
    let efficientNet: [(scale: [Float], shift: [Float])] = [
      ([1 / 255], [0]), (deviation.map { 1 / $0 }, zip(mean, deviation).map { -$0 / $1 }),
      (deviation.map { 1 / $0.squareRoot() }, [0]),
    ]
    #expect(try range(efficientNet) == 0...255)
    // MNIST's mean and deviation in bytes, after a layer that only moves pixels.
    #expect(try range([([1 / 78.6], [-33.3 / 78.6])], before: [.zeroPadding(Edges(1))]) == 0...255)
  }

  @Test func unitInterval() throws {
    let cifar = Affine.normalization(mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2435, 0.2616])
    #expect(try range([(cifar.initialScale, cifar.initialShift)]) == 0...1)
    #expect(try range([([2], [-1])]) == 0...1)
    // By 255 and back: in sum a normalisation of pixels in [0, 1].
    #expect(try range([([255], [0]), ([1 / 255], [0]), ([1 / 0.3081], [-0.1307 / 0.3081])]) == 0...1)
  }

  @Test func unscaledImagesHaveNoExpectedRange() throws {
    #expect(try range([]) == nil)
    #expect(try range([([1], [0])]) == nil)
    // To [-1, 1] they were brought before, and [0, 1] is not what this network wants.
    #expect(try range([([0.5], [0.5])]) == 0...1 || range([([0.5], [0.5])]) == nil)
  }

  /// A batch normalisation of the images has the moments of the pixels.
  @Test(arguments: [(33.3, 6178.0, 0...255), (0.13, 0.095, 0...1)] as [(Float, Float, ClosedRange<Float>)])
  func batchNormalization(_ mean: Float, _ variance: Float, _ expected: ClosedRange<Float>) throws {
    var network = try Network(inputShape: [1, 4, 4])
    try network.append(.batchNormalization(BatchNormalization()), named: "bn")
    try network.append(.convolution(Convolution(outputChannels: 2, kernel: Extent(3))), named: "conv")
    var parameters = Parameters()
    parameters["bn", .mean] = Tensor(shape: [1], scalars: [mean])
    parameters["bn", .variance] = Tensor(shape: [1], scalars: [variance])
    #expect(network.expectedPixelRange(parameters) == expected)
  }
}
