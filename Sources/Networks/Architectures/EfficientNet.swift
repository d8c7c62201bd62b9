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
    .firstStride(\.stride), .dropout(\.dropout), .normalize(\.normalize),
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
    try network.convolutionBlock("features.0", 32, stride: stride, activation: .silu)
    for (stage, (expansion, kernel, stride, channels, count)) in Self.stages.enumerated() {
      for index in 0..<count {
        let inputs = network.outputShape[0]
        let block = InvertedBottleneck(
          expanded: inputs * expansion, kernel: kernel, stride: index == 0 ? stride : 1, channels: channels,
          excitation: SqueezeAndExcitation(squeezed: inputs / 4, activation: .silu, gate: .sigmoid),
          activation: .silu)
        try network.invertedBottleneck("features.\(stage + 1).\(index)", block)
      }
    }
    try network.convolutionBlock("features.8", 1280, kernel: 1, activation: .silu)
    try network.globalAveragePooling()
    try network.dropout("classifier.0", rate: dropout)
    try network.dense("classifier.1", classCount)
  }
}
