public import Hyperparameters

/// Two 3×3 convolutions, or a 3×3 between two 1×1 with four times the channels at the end.
public enum ResidualBlock: Sendable {
  /// Two 3×3 convolutions.
  case basic
  /// 1×1, 3×3 and 1×1.
  case bottleneck
}

/// How deep a residual network for large images is.
public protocol ResNetDepth: Sendable {
  /// Layers with weights.
  static var layers: Int { get }
  /// Blocks of each stage.
  static var blocks: [Int] { get }
  /// The kind of its blocks.
  static var block: ResidualBlock { get }
}

/// A residual network for large images. Nodes are named as PyTorch's modules are.
public struct ResNet<Depth: ResNetDepth>: Architecture {
  /// Name, title and source.
  public static var method: Method {
    Method(
      name: "resnet\(Depth.layers)", title: "ResNet-\(Depth.layers)",
      summary: "For large images: 7×7 convolution, max-pooling, four stages.", citation: "He et al., arXiv 1512.03385")
  }

  /// Channels of the first stage.
  public var width = 64
  /// Normalisation of the images.
  public var normalize = NamedNormalization.none

  /// The hyper-parameters.
  public static var hyperparameters: [Hyperparameter<ResNet>] { [.width(\.width), .normalize(\.normalize)] }

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    try network.normalization(normalize)
    try network.normalizedConvolution("conv1", "bn1", width, kernel: 7, stride: 2)
    try network.activation("relu")
    try network.pooling("maxpool", kernel: 3, stride: 2, padding: 1)
    try network.residualStages(Depth.blocks, Depth.block, width: width, shortcut: "downsample")
    try network.globalAveragePooling()
    try network.dense("fc", classCount)
  }
}

/// ResNet-18.
public typealias ResNet18 = ResNet<ResNet18Depth>
/// ResNet-34.
public typealias ResNet34 = ResNet<ResNet34Depth>
/// ResNet-50.
public typealias ResNet50 = ResNet<ResNet50Depth>

/// The blocks of `ResNet18`.
public enum ResNet18Depth: ResNetDepth {
  /// See `ResNetDepth`.
  public static let layers = 18, blocks = [2, 2, 2, 2], block = ResidualBlock.basic
}

/// The blocks of `ResNet34`.
public enum ResNet34Depth: ResNetDepth {
  /// See `ResNetDepth`.
  public static let layers = 34, blocks = [3, 4, 6, 3], block = ResidualBlock.basic
}

/// The blocks of `ResNet50`.
public enum ResNet50Depth: ResNetDepth {
  /// See `ResNetDepth`.
  public static let layers = 50, blocks = [3, 4, 6, 3], block = ResidualBlock.bottleneck
}

extension Network {
  /// Stages that double the channels; all but the first halve the image.
  mutating func residualStages(
    _ counts: [Int], _ block: ResidualBlock, width: Int, shortcut: String
  ) throws(NetworkError) {
    for (stage, count) in counts.enumerated() {
      for index in 0..<count {
        try residualBlock(
          "layer\(stage + 1).\(index)", block, width << stage, stride: stage > 0 && index == 0 ? 2 : 1,
          shortcut: shortcut)
      }
    }
  }

  /// relu(weights(x) + shortcut(x)), the shortcut a 1×1 convolution where the shape changes.
  private mutating func residualBlock(
    _ name: String, _ block: ResidualBlock, _ width: Int, stride: Int, shortcut: String
  ) throws(NetworkError) {
    let input = outputIndex
    let channels: Int
    switch block {
    case .basic:
      channels = width
      try normalizedConvolution("\(name).conv1", "\(name).bn1", width, stride: stride)
      try activation("\(name).relu1")
      try normalizedConvolution("\(name).conv2", "\(name).bn2", channels)
    case .bottleneck:
      channels = 4 * width
      try normalizedConvolution("\(name).conv1", "\(name).bn1", width, kernel: 1)
      try activation("\(name).relu1")
      try normalizedConvolution("\(name).conv2", "\(name).bn2", width, stride: stride)
      try activation("\(name).relu2")
      try normalizedConvolution("\(name).conv3", "\(name).bn3", channels, kernel: 1)
    }
    let weights = outputIndex
    var identity = input
    if nodes[input].shape != nodes[weights].shape {
      try normalizedConvolution(
        "\(name).\(shortcut).0", "\(name).\(shortcut).1", channels, kernel: 1, stride: stride, to: input)
      identity = outputIndex
    }
    try append(.add, named: "\(name).add", to: [weights, identity])
    try activation("\(name).relu")
  }
}
