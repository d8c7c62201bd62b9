public import Hyperparameters

/// Depthwise 3×3 and pointwise convolutions in turn.
public struct MobileNet: Architecture {
  /// Name, title and source.
  public static let method = Method(
    name: "mobilenet", title: "MobileNet", summary: "Depthwise 3×3 and pointwise convolutions in turn.",
    citation: "Howard et al., arXiv 1704.04861")

  /// Channels of the first convolution.
  public var width = 32
  /// The stride of the first convolution.
  public var stride = 1
  /// Normalisation of the images.
  public var normalize = NamedNormalization.none

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<MobileNet>] = [
    .width(\.width, atMost: 1024), .firstStride(\.stride), .normalize(\.normalize),
  ]

  /// The channels of each depthwise-separable block over those of the first convolution, and its stride.
  private static let blocks = [
    (2, 1), (4, 2), (4, 1), (8, 2), (8, 1), (16, 2), (16, 1), (16, 1), (16, 1), (16, 1), (16, 1), (32, 2), (32, 1),
  ]

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    try network.normalization(normalize)
    try network.normalizedConvolution("conv1", "bn1", width, stride: stride)
    try network.activation("relu")
    for (index, (factor, stride)) in Self.blocks.enumerated() {
      let name = "layers.\(index)"
      let channels = network.outputShape[0]
      try network.normalizedConvolution("\(name).conv1", "\(name).bn1", channels, stride: stride, groups: channels)
      try network.activation("\(name).relu1")
      try network.normalizedConvolution("\(name).conv2", "\(name).bn2", width * factor, kernel: 1)
      try network.activation("\(name).relu2")
    }
    try network.globalAveragePooling()
    try network.dense("linear", classCount)
  }
}
