extension Architectures {
  /// Residual networks that normalise before their weights; nodes are named as in the code of the papers on adversarial
  /// training that use them.
  static let preactivatedNetworks = [preactivated18, wide(28), wide(34)]

  private static let preactivated18 = Architecture(
    name: "preact-resnet18-cifar", summary: "pre-activation ResNet-18 for 32×32 images",
    reference: "He et al., arXiv 1603.05027; as in Wong et al., arXiv 2001.03994", options: [.width(64), .normalize]
  ) { network, classCount, options in
    try network.normalization(options)
    let width = try options.integer("width", in: 1...4096)
    try network.convolution("conv1", width, kernel: 3, padding: 1, hasBias: false)
    for stage in 0..<4 {
      for index in 0..<2 {
        try network.preactivatedBlock(
          "layer\(stage + 1).\(index)", width << stage, stride: stage > 0 && index == 0 ? 2 : 1,
          shortcut: "shortcut.0")
      }
    }
    try network.preactivation("bn")
    try network.globalAveragePooling()
    try network.dense("linear", classCount)
  }

  /// Three stages of (depth − 4) / 6 blocks of 16, 32, 64 times `widen` channels.
  private static func wide(_ depth: Int) -> Architecture {
    Architecture(
      name: "wide-resnet-\(depth)-10", summary: "Wide ResNet for 32×32 images, ten times as wide as ResNet-\(depth)",
      reference: "Zagoruyko and Komodakis, arXiv 1605.07146",
      options: [
        ArchitectureOption(name: "depth", summary: "layers; 4 more than a multiple of 6", defaultValue: "\(depth)"),
        ArchitectureOption(name: "widen", summary: "factor of the channels", defaultValue: "10"), .dropout(0),
        .normalize,
      ]
    ) { network, classCount, options in
      try network.normalization(options)
      let (depth, widen) = (try options.integer("depth", in: 10...1000), try options.integer("widen", in: 1...256))
      guard (depth - 4) % 6 == 0 else {
        throw ArchitectureError.invalidValue("\(depth)", option: "depth", expected: "4 more than a multiple of 6")
      }
      let dropout = try options.number("dropout", in: 0..<1)
      try network.convolution("conv1", 16, kernel: 3, padding: 1, hasBias: false)
      for stage in 0..<3 {
        for index in 0..<(depth - 4) / 6 {
          try network.preactivatedBlock(
            "block\(stage + 1).layer.\(index)", 16 * widen << stage, stride: stage > 0 && index == 0 ? 2 : 1,
            shortcut: "convShortcut", dropout: dropout)
        }
      }
      try network.preactivation("bn1")
      try network.globalAveragePooling()
      try network.dense("fc", classCount)
    }
  }
}

extension Network {
  /// weights(relu(norm(x))) + x; where the shape changes the shortcut, a 1×1 convolution, reads the normalised input.
  fileprivate mutating func preactivatedBlock(
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
