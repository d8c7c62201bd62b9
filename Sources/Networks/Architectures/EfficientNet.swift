public import Hyperparameters

/// EfficientNet-B0 in torchvision's form without its stochastic depth, which is the identity outside of training.
public struct EfficientNetB0: Architecture {
  /// Name, title and source.
  public static let method = Method(
    name: "efficientnet-b0", title: "EfficientNet-B0",
    summary: "Inverted bottlenecks with squeeze-and-excitation, SiLU.", citation: "Tan and Le, arXiv 1905.11946")

  /// The stride of the first convolution.
  public var stride = 2
  /// Before the dense layer.
  public var dropout: Float = 0.2
  /// Normalisation of the images.
  public var normalize = NamedNormalization.none

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<EfficientNetB0>] = [
    .integer("stride", \.stride, in: 1...2, "Stride of the first convolution: 2, or 1 for 32×32 images."),
    .dropout(\.dropout), .normalize(\.normalize),
  ]

  /// Each stage: expansion, kernel, stride, channels, repetitions.
  private static let stages = [
    (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
  ]

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    try network.normalization(normalize)
    try network.normalizedConvolution("features.0.0", "features.0.1", 32, stride: stride)
    try network.activation("features.0.2", .silu)
    for (stage, (expansion, kernel, stride, channels, count)) in Self.stages.enumerated() {
      for index in 0..<count {
        try network.invertedBottleneck(
          "features.\(stage + 1).\(index)", expansion: expansion, kernel: kernel, stride: index == 0 ? stride : 1,
          channels: channels)
      }
    }
    try network.normalizedConvolution("features.8.0", "features.8.1", 1280, kernel: 1)
    try network.activation("features.8.2", .silu)
    try network.globalAveragePooling()
    try network.dropout("classifier.0", rate: dropout)
    try network.dense("classifier.1", classCount)
  }
}

extension Network {
  /// Expand by a pointwise convolution, filter depthwise, weigh the channels, project; add the input where shapes agree.
  fileprivate mutating func invertedBottleneck(
    _ name: String, expansion: Int, kernel: Int, stride: Int, channels: Int
  ) throws(NetworkError) {
    let input = outputIndex
    let inputChannels = outputShape[0]
    let expanded = inputChannels * expansion
    var part = 0
    func block(_ module: Int) -> String { "\(name).block.\(part).\(module)" }
    if expansion > 1 {
      try normalizedConvolution(block(0), block(1), expanded, kernel: 1)
      try activation(block(2), .silu)
      part += 1
    }
    try normalizedConvolution(block(0), block(1), expanded, kernel: kernel, stride: stride, groups: expanded)
    try activation(block(2), .silu)
    part += 1
    try squeezeAndExcitation("\(name).block.\(part)", squeezed: max(1, inputChannels / 4))
    part += 1
    try normalizedConvolution(block(0), block(1), channels, kernel: 1)
    guard nodes[input].shape == outputShape else { return }
    try append(.add, named: "\(name).add", to: [outputIndex, input])
  }

  /// Multiplies every channel by a factor of (0, 1) found from the means of all (Hu et al., arXiv 1709.01507).
  private mutating func squeezeAndExcitation(_ name: String, squeezed: Int) throws(NetworkError) {
    let input = outputIndex
    let channels = outputShape[0]
    try append(.globalPooling(GlobalPooling(.average, keepsAxes: true)), named: "\(name).avgpool")
    try convolution("\(name).fc1", squeezed, kernel: 1)
    try activation("\(name).activation", .silu)
    try convolution("\(name).fc2", channels, kernel: 1)
    try activation("\(name).scale_activation", .sigmoid)
    try append(.multiply, named: "\(name).multiply", to: [input, outputIndex])
  }
}
