public import Hyperparameters

/// DenseNet-121 for large images, in torchvision's form: every layer reads all earlier ones of its block.
public struct DenseNet121: Architecture {
  /// Name, title and source.
  public static let method = Method(
    name: "densenet121", title: "DenseNet-121", summary: "For large images, in torchvision's form.",
    citation: "Huang et al., arXiv 1608.06993")

  /// Channels that every layer adds.
  public var growth = 32
  /// Normalisation of the images.
  public var normalize = NamedNormalization.none

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<DenseNet121>] = [.growth(\.growth), .normalize(\.normalize)]

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    try network.normalization(normalize)
    try network.normalizedConvolution("features.conv0", "features.norm0", 2 * growth, kernel: 7, stride: 2)
    try network.activation("features.relu0")
    try network.pooling("features.pool0", kernel: 3, stride: 2, padding: 1)
    try network.denseBlocks([6, 12, 24, 16], growth: growth, finalNorm: "features.norm5")
    try network.dense("classifier", classCount)
  }
}

/// DenseNet-BC of the paper: three blocks of (depth − 4) / 6 layers.
public struct DenseNetCIFAR: Architecture {
  /// Name, title and source.
  public static let method = Method(
    name: "densenet-cifar", title: "DenseNet-BC",
    summary: "For 32×32 images: 100 layers that add 12 channels each.", citation: "Huang et al., arXiv 1608.06993")

  /// Layers with weights.
  public var depth = 100
  /// Channels that every layer adds.
  public var growth = 12
  /// Normalisation of the images.
  public var normalize = NamedNormalization.none

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<DenseNetCIFAR>] = [
    .integer("depth", \.depth, in: 10...1000, "Layers; 4 more than a multiple of 6."), .growth(\.growth),
    .normalize(\.normalize),
  ]

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    let layers = Array(repeating: try repetitions(of: 6, in: depth), count: 3)
    try network.normalization(normalize)
    try network.convolution("features.conv0", 2 * growth, kernel: 3, padding: 1, hasBias: false)
    try network.denseBlocks(layers, growth: growth, finalNorm: "features.norm_final")
    try network.dense("classifier", classCount)
  }
}

extension Hyperparameter {
  fileprivate static func growth(_ path: any WritableKeyPath<Owner, Int> & Sendable) -> Hyperparameter {
    .integer("growth", path, in: 1...1024, "Channels that every layer adds.")
  }
}

extension Network {
  /// Blocks with halving transitions between them, a last normalisation and the mean over positions.
  fileprivate mutating func denseBlocks(
    _ counts: [Int], growth: Int, finalNorm: String
  ) throws(NetworkError) {
    for (index, count) in counts.enumerated() {
      let block = "features.denseblock\(index + 1)"
      var read = [outputIndex]
      for layer in 1...count {
        try denseLayer("\(block).denselayer\(layer)", reading: read, growth: growth)
        read.append(outputIndex)
      }
      try append(.concatenate(axis: 0), named: "\(block).concat", to: read)
      if index + 1 < counts.count { try transition("features.transition\(index + 1)") }
    }
    try preactivation(finalNorm)
    try globalAveragePooling()
  }

  /// `growth` new channels from all earlier ones, through a bottleneck of four times as many.
  private mutating func denseLayer(
    _ name: String, reading inputs: [Int], growth: Int
  ) throws(NetworkError) {
    if inputs.count > 1 { try append(.concatenate(axis: 0), named: "\(name).concat", to: inputs) }
    try preactivation("\(name).norm1")
    try convolution("\(name).conv1", 4 * growth, kernel: 1, hasBias: false)
    try preactivation("\(name).norm2")
    try convolution("\(name).conv2", growth, kernel: 3, padding: 1, hasBias: false)
  }

  /// Half the channels, a quarter of the positions.
  private mutating func transition(_ name: String) throws(NetworkError) {
    let channels = outputShape[0] / 2
    try preactivation("\(name).norm")
    try convolution("\(name).conv", channels, kernel: 1, hasBias: false)
    try pooling("\(name).pool", .average(countsPadding: false))
  }
}
