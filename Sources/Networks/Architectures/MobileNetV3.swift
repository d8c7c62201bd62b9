public import Hyperparameters

/// How large a MobileNetV3 is.
public protocol MobileNetV3Size: Sendable {
  /// What the paper calls it.
  static var name: String { get }
  /// The blocks in order.
  static var blocks: [MobileNetV3Block] { get }
  /// Width of the dense layer under the logits.
  static var hidden: Int { get }
}

/// A row of the paper's tables 1 and 2.
public struct MobileNetV3Block: Sendable {
  let kernel: Int
  let expanded: Int
  let channels: Int
  /// Whether the channels in the middle are weighed.
  let squeezes: Bool
  let activation: Activation
  let stride: Int

  init(_ kernel: Int, _ expanded: Int, _ channels: Int, _ squeezes: Bool, _ activation: Activation, _ stride: Int) {
    self.kernel = kernel
    self.expanded = expanded
    self.channels = channels
    self.squeezes = squeezes
    self.activation = activation
    self.stride = stride
  }
}

/// MobileNetV3 in torchvision's form; nodes are named as its modules.
public struct MobileNetV3<Size: MobileNetV3Size>: Architecture {
  /// Name, title and source.
  public static var method: Method {
    Method(
      name: "mobilenet-v3-\(Size.name.lowercased())", title: "MobileNetV3-\(Size.name)",
      summary: "Inverted bottlenecks, some with squeeze-and-excitation, hard swish.",
      citation: "Howard et al., arXiv 1905.02244")
  }

  /// The stride of the first convolution.
  public var stride = 2
  /// Before the last dense layer.
  public var dropout: Float = 0.2
  /// Normalisation of the images.
  public var normalize = NamedNormalization.none

  /// The hyper-parameters.
  public static var hyperparameters: [Hyperparameter<MobileNetV3>] {
    [.firstStride(\.stride), .dropout(\.dropout), .normalize(\.normalize)]
  }

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    let normalization = BatchNormalization(epsilon: 1e-3, momentum: 0.01)
    try network.normalization(normalize)
    try network.convolutionBlock(
      "features.0", 16, stride: stride, normalization: normalization, activation: .hardSwish)
    for (index, row) in Size.blocks.enumerated() {
      let excitation = SqueezeAndExcitation(
        squeezed: divisibleByEight(row.expanded / 4), activation: .relu, gate: .hardSigmoid(slope: 1 / 6))
      let block = InvertedBottleneck(
        expanded: row.expanded, kernel: row.kernel, stride: row.stride, channels: row.channels,
        excitation: row.squeezes ? excitation : nil, activation: row.activation, normalization: normalization)
      try network.invertedBottleneck("features.\(index + 1)", block)
    }
    try network.convolutionBlock(
      "features.\(Size.blocks.count + 1)", 6 * network.outputShape[0], kernel: 1, normalization: normalization,
      activation: .hardSwish)
    try network.globalAveragePooling()
    try network.dense("classifier.0", Size.hidden)
    try network.activation("classifier.1", .hardSwish)
    try network.dropout("classifier.2", rate: dropout)
    try network.dense("classifier.3", classCount)
  }
}

/// The nearest multiple of 8, at least 8 and at least nine tenths of `channels`: the authors' rounding.
private func divisibleByEight(_ channels: Int) -> Int {
  let rounded = max(8, (channels + 4) / 8 * 8)
  return 10 * rounded < 9 * channels ? rounded + 8 : rounded
}

/// MobileNetV3-Small.
public typealias MobileNetV3Small = MobileNetV3<MobileNetV3SmallSize>
/// MobileNetV3-Large.
public typealias MobileNetV3Large = MobileNetV3<MobileNetV3LargeSize>

/// The size of `MobileNetV3Small`.
public enum MobileNetV3SmallSize: MobileNetV3Size {
  /// See `MobileNetV3Size`.
  public static let name = "Small", hidden = 1024
  /// See `MobileNetV3Size`.
  public static let blocks = [
    MobileNetV3Block(3, 16, 16, true, .relu, 2), MobileNetV3Block(3, 72, 24, false, .relu, 2),
    MobileNetV3Block(3, 88, 24, false, .relu, 1), MobileNetV3Block(5, 96, 40, true, .hardSwish, 2),
    MobileNetV3Block(5, 240, 40, true, .hardSwish, 1), MobileNetV3Block(5, 240, 40, true, .hardSwish, 1),
    MobileNetV3Block(5, 120, 48, true, .hardSwish, 1), MobileNetV3Block(5, 144, 48, true, .hardSwish, 1),
    MobileNetV3Block(5, 288, 96, true, .hardSwish, 2), MobileNetV3Block(5, 576, 96, true, .hardSwish, 1),
    MobileNetV3Block(5, 576, 96, true, .hardSwish, 1),
  ]
}

/// The size of `MobileNetV3Large`.
public enum MobileNetV3LargeSize: MobileNetV3Size {
  /// See `MobileNetV3Size`.
  public static let name = "Large", hidden = 1280
  /// See `MobileNetV3Size`.
  public static let blocks = [
    MobileNetV3Block(3, 16, 16, false, .relu, 1), MobileNetV3Block(3, 64, 24, false, .relu, 2),
    MobileNetV3Block(3, 72, 24, false, .relu, 1), MobileNetV3Block(5, 72, 40, true, .relu, 2),
    MobileNetV3Block(5, 120, 40, true, .relu, 1), MobileNetV3Block(5, 120, 40, true, .relu, 1),
    MobileNetV3Block(3, 240, 80, false, .hardSwish, 2), MobileNetV3Block(3, 200, 80, false, .hardSwish, 1),
    MobileNetV3Block(3, 184, 80, false, .hardSwish, 1), MobileNetV3Block(3, 184, 80, false, .hardSwish, 1),
    MobileNetV3Block(3, 480, 112, true, .hardSwish, 1), MobileNetV3Block(3, 672, 112, true, .hardSwish, 1),
    MobileNetV3Block(5, 672, 160, true, .hardSwish, 2), MobileNetV3Block(5, 960, 160, true, .hardSwish, 1),
    MobileNetV3Block(5, 960, 160, true, .hardSwish, 1),
  ]
}
