public import Hyperparameters

/// How deep and wide a ConvNeXt is.
public protocol ConvNeXtSize: Sendable {
  /// What the paper calls it.
  static var name: String { get }
  /// Blocks of each stage.
  static var blocks: [Int] { get }
  /// Channels of the first stage.
  static var width: Int { get }
}

/// ConvNeXt in torchvision's form, with two differences that change no logit: dense layers over channels are 1×1
/// convolutions; stochastic depth, the identity outside of training, is left out.
public struct ConvNeXt<Size: ConvNeXtSize>: Architecture {
  /// Name, title and source.
  public static var method: Method {
    Method(
      name: "convnext-\(Size.name.lowercased())", title: "ConvNeXt-\(Size.name)",
      summary: "Depthwise 7×7 convolutions, normalisation over channels, GELU.",
      citation: "Liu et al., arXiv 2201.03545")
  }

  /// Channels of the first stage.
  public var width = Size.width
  /// Side and stride of the first convolution.
  public var patch = 4
  /// Normalisation of the images.
  public var normalize = NamedNormalization.none

  /// The hyper-parameters.
  public static var hyperparameters: [Hyperparameter<ConvNeXt>] {
    [
      .width(\.width),
      .integer("patch", \.patch, in: 1...64, unit: "pixels", "Side and stride of the first convolution."),
      .normalize(\.normalize),
    ]
  }

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    try network.normalization(normalize)
    try network.convolution("features.0.0", width, kernel: patch, stride: patch)
    try network.channelNormalization("features.0.1")
    for (stage, count) in Size.blocks.enumerated() {
      if stage > 0 {
        try network.channelNormalization("features.\(2 * stage).0")
        try network.convolution("features.\(2 * stage).1", width << stage, kernel: 2, stride: 2)
      }
      for index in 0..<count { try network.convNeXtBlock("features.\(2 * stage + 1).\(index)") }
    }
    try network.globalAveragePooling()
    try network.channelNormalization("classifier.0")
    try network.dense("classifier.2", classCount)
  }
}

/// ConvNeXt-Tiny.
public typealias ConvNeXtTiny = ConvNeXt<ConvNeXtTinySize>
/// ConvNeXt-Small.
public typealias ConvNeXtSmall = ConvNeXt<ConvNeXtSmallSize>
/// ConvNeXt-Base.
public typealias ConvNeXtBase = ConvNeXt<ConvNeXtBaseSize>

/// The size of `ConvNeXtTiny`.
public enum ConvNeXtTinySize: ConvNeXtSize {
  /// See `ConvNeXtSize`.
  public static let name = "Tiny", blocks = [3, 3, 9, 3], width = 96
}

/// The size of `ConvNeXtSmall`.
public enum ConvNeXtSmallSize: ConvNeXtSize {
  /// See `ConvNeXtSize`.
  public static let name = "Small", blocks = [3, 3, 27, 3], width = 96
}

/// The size of `ConvNeXtBase`.
public enum ConvNeXtBaseSize: ConvNeXtSize {
  /// See `ConvNeXtSize`.
  public static let name = "Base", blocks = [3, 3, 27, 3], width = 128
}

extension Network {
  /// Mean and variance over the channels of each position.
  fileprivate mutating func channelNormalization(_ name: String) throws(NetworkError) {
    try append(.layerNormalization(LayerNormalization(axes: [0], epsilon: 1e-6)), named: name)
  }

  /// x + scale · weights(x), the scale starting at 1e-6.
  fileprivate mutating func convNeXtBlock(_ name: String) throws(NetworkError) {
    let input = outputIndex
    let channels = outputShape[0]
    try convolution("\(name).block.0", channels, kernel: 7, padding: 3, groups: channels)
    try channelNormalization("\(name).block.2")
    try convolution("\(name).block.3", 4 * channels, kernel: 1)
    try activation("\(name).block.4", .gelu(approximate: false))
    try convolution("\(name).block.5", channels, kernel: 1)
    try append(.affine(Affine(isTrainable: true, hasShift: false, initialScale: [1e-6])), named: "\(name).layer_scale")
    try append(.add, named: "\(name).add", to: [outputIndex, input])
  }
}
