extension Architectures {
  /// Densely connected networks: every layer reads all earlier ones of its block.
  static let denselyConnected = [denseNet121, denseNetCIFAR]

  private static let denseNet121 = Architecture(
    name: "densenet121", summary: "DenseNet-121 for large images, in torchvision's form",
    reference: "Huang et al., arXiv 1608.06993", options: [growth(32), .normalize]
  ) { network, classCount, options in
    try network.normalization(options)
    let growth = try options.integer("growth", in: 1...1024)
    try network.normalizedConvolution("features.conv0", "features.norm0", 2 * growth, kernel: 7, stride: 2)
    try network.activation("features.relu0")
    try network.pooling("features.pool0", kernel: 3, stride: 2, padding: 1)
    try network.denseBlocks([6, 12, 24, 16], growth: growth, finalNorm: "features.norm5")
    try network.dense("classifier", classCount)
  }

  /// DenseNet-BC of the paper: three blocks of (depth − 4) / 6 layers.
  private static let denseNetCIFAR = Architecture(
    name: "densenet-cifar", summary: "DenseNet-BC for 32×32 images: 100 layers that add 12 channels each",
    reference: "Huang et al., arXiv 1608.06993",
    options: [
      ArchitectureOption(name: "depth", summary: "layers; 4 more than a multiple of 6", defaultValue: "100"),
      growth(12), .normalize,
    ]
  ) { network, classCount, options in
    try network.normalization(options)
    let (depth, growth) = (try options.integer("depth", in: 10...1000), try options.integer("growth", in: 1...1024))
    guard (depth - 4) % 6 == 0 else {
      throw ArchitectureError.invalidValue("\(depth)", option: "depth", expected: "4 more than a multiple of 6")
    }
    try network.convolution("features.conv0", 2 * growth, kernel: 3, padding: 1, hasBias: false)
    let layers = Array(repeating: (depth - 4) / 6, count: 3)
    try network.denseBlocks(layers, growth: growth, finalNorm: "features.norm_final")
    try network.dense("classifier", classCount)
  }

  private static func growth(_ value: Int) -> ArchitectureOption {
    ArchitectureOption(name: "growth", summary: "channels that every layer adds", defaultValue: "\(value)")
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
