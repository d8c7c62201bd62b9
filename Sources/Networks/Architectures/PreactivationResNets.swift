public import Hyperparameters

/// A residual network that normalises before its weights. Nodes are named as in the code of the papers on adversarial
/// training that use it.
public struct PreactivationResNet18: Architecture {
  /// Name, title and source.
  public static let method = Method(
    name: "preact-resnet18-cifar", title: "Pre-activation ResNet-18",
    summary: "For 32×32 images: batch normalisation and ReLU before the weights.",
    citation: "He et al., arXiv 1603.05027; as in Wong et al., arXiv 2001.03994")

  /// Channels of the first stage.
  public var width = 64
  /// Normalisation of the images.
  public var normalize = NamedNormalization.none

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<PreactivationResNet18>] = [
    .width(\.width), .normalize(\.normalize),
  ]

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    try network.normalization(normalize)
    try network.convolution("conv1", width, kernel: 3, padding: 1, hasBias: false)
    for stage in 0..<4 {
      for index in 0..<2 {
        try network.preactivationBlock(
          "layer\(stage + 1).\(index)", width << stage, stride: stage > 0 && index == 0 ? 2 : 1,
          shortcut: "shortcut.0")
      }
    }
    try network.preactivation("bn")
    try network.globalAveragePooling()
    try network.dense("linear", classCount)
  }
}

/// The default depth of a wide residual network.
public protocol WideResNetDepth: Sendable {
  /// Layers with weights; 4 more than a multiple of 6.
  static var layers: Int { get }
}

/// A wide residual network: three stages of (depth − 4) / 6 blocks of 16, 32, 64 times `widen` channels.
public struct WideResNet<Depth: WideResNetDepth>: Architecture {
  /// Name, title and source.
  public static var method: Method {
    Method(
      name: "wide-resnet-\(Depth.layers)-10", title: "Wide ResNet-\(Depth.layers)-10",
      summary: "For 32×32 images, ten times as wide as ResNet-\(Depth.layers).",
      citation: "Zagoruyko and Komodakis, arXiv 1605.07146")
  }

  /// Layers with weights.
  public var depth = Depth.layers
  /// Factor of the channels.
  public var widen = 10
  /// Between the two convolutions of a block.
  public var dropout: Float = 0
  /// Normalisation of the images.
  public var normalize = NamedNormalization.none

  /// The hyper-parameters.
  public static var hyperparameters: [Hyperparameter<WideResNet>] {
    [
      .integer("depth", \.depth, in: 10...1000, "Layers; 4 more than a multiple of 6."),
      .integer("widen", \.widen, in: 1...256, "Factor of the channels."),
      .dropout(\.dropout), .normalize(\.normalize),
    ]
  }

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    let blocks = try repetitions(of: 6, in: depth)
    try network.normalization(normalize)
    try network.convolution("conv1", 16, kernel: 3, padding: 1, hasBias: false)
    for stage in 0..<3 {
      for index in 0..<blocks {
        try network.preactivationBlock(
          "block\(stage + 1).layer.\(index)", 16 * widen << stage, stride: stage > 0 && index == 0 ? 2 : 1,
          shortcut: "convShortcut", dropout: dropout)
      }
    }
    try network.preactivation("bn1")
    try network.globalAveragePooling()
    try network.dense("fc", classCount)
  }
}

/// Wide ResNet-28-10.
public typealias WideResNet28 = WideResNet<WideResNet28Depth>
/// Wide ResNet-34-10.
public typealias WideResNet34 = WideResNet<WideResNet34Depth>

/// The depth of `WideResNet28`.
public enum WideResNet28Depth: WideResNetDepth {
  /// See `WideResNetDepth`.
  public static let layers = 28
}

/// The depth of `WideResNet34`.
public enum WideResNet34Depth: WideResNetDepth {
  /// See `WideResNetDepth`.
  public static let layers = 34
}

extension Architecture {
  /// How often a group of layers is repeated in a network of that depth, beside four layers that occur once.
  func repetitions(of group: Int, in depth: Int) throws(HyperparameterError) -> Int {
    guard (depth - 4) % group == 0 else {
      throw .value(
        "depth", method: Self.method.name, expected: "4 more than a multiple of \(group)", found: "\(depth)")
    }
    return (depth - 4) / group
  }
}

extension Network {
  /// weights(relu(norm(x))) + x; where the shape changes the shortcut, a 1×1 convolution, reads the normalised input.
  fileprivate mutating func preactivationBlock(
    _ name: String, _ channels: Int, stride: Int, shortcut: String, dropout: Float = 0
  ) throws(NetworkError) {
    let input = outputIndex
    try preactivation("\(name).bn1")
    let normalized = outputIndex
    try convolution("\(name).conv1", channels, kernel: 3, stride: stride, padding: 1, hasBias: false)
    try preactivation("\(name).bn2")
    try self.dropout("\(name).dropout", rate: dropout)
    try convolution("\(name).conv2", channels, kernel: 3, padding: 1, hasBias: false)
    let weights = outputIndex
    var identity = input
    if stride != 1 || nodes[input].shape != nodes[weights].shape {
      try convolution(
        "\(name).\(shortcut)", channels, kernel: 1, stride: stride, hasBias: false, to: normalized)
      identity = outputIndex
    }
    try append(.add, named: "\(name).add", to: [weights, identity])
  }
}
