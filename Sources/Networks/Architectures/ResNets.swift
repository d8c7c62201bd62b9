extension Architectures {
  /// Residual networks, with 1×1 convolutions where the shape changes; nodes are named as PyTorch's modules are.
  static let residualNetworks =
    [
      imageNetResidual(18, blocks: [2, 2, 2, 2], .basic), imageNetResidual(34, blocks: [3, 4, 6, 3], .basic),
      imageNetResidual(50, blocks: [3, 4, 6, 3], .bottleneck), cifarResidual18,
    ] + [20, 56].map(cifarResidual)

  /// Two 3×3 convolutions, or a 3×3 between two 1×1 with four times the channels at the end.
  fileprivate enum Block {
    case basic, bottleneck
  }

  private static func imageNetResidual(_ depth: Int, blocks: [Int], _ block: Block) -> Architecture {
    Architecture(
      name: "resnet\(depth)", summary: "ResNet-\(depth) for large images: 7×7 convolution, max-pooling, four stages",
      reference: "He et al., arXiv 1512.03385", options: [.width(64), .normalize]
    ) { network, classCount, options in
      try network.normalization(options)
      let width = try options.integer("width", in: 1...4096)
      try network.normalizedConvolution("conv1", "bn1", width, kernel: 7, stride: 2)
      try network.activation("relu")
      try network.pooling("maxpool", kernel: 3, stride: 2, padding: 1)
      try network.residualStages(blocks, block, width: width, shortcut: "downsample")
      try network.globalAveragePooling()
      try network.dense("fc", classCount)
    }
  }

  private static let cifarResidual18 = Architecture(
    name: "resnet18-cifar", summary: "ResNet-18 for 32×32 images: 3×3 convolution without pooling, four stages",
    reference: "He et al., arXiv 1512.03385", options: [.width(64), .normalize]
  ) { network, classCount, options in
    try network.normalization(options)
    let width = try options.integer("width", in: 1...4096)
    try network.normalizedConvolution("conv1", "bn1", width)
    try network.activation("relu")
    try network.residualStages([2, 2, 2, 2], .basic, width: width, shortcut: "shortcut")
    try network.globalAveragePooling()
    try network.dense("linear", classCount)
  }

  /// Three stages of (depth − 2) / 6 blocks. The paper's shortcuts without weights are 1×1 convolutions here.
  private static func cifarResidual(_ depth: Int) -> Architecture {
    Architecture(
      name: "resnet\(depth)-cifar", summary: "ResNet-\(depth) for 32×32 images: three narrow stages",
      reference: "He et al., arXiv 1512.03385", options: [.width(16), .normalize]
    ) { network, classCount, options in
      try network.normalization(options)
      let width = try options.integer("width", in: 1...4096)
      try network.normalizedConvolution("conv1", "bn1", width)
      try network.activation("relu")
      let blocks = Array(repeating: (depth - 2) / 6, count: 3)
      try network.residualStages(blocks, .basic, width: width, shortcut: "downsample")
      try network.globalAveragePooling()
      try network.dense("fc", classCount)
    }
  }
}

extension Network {
  /// Stages that double the channels; all but the first halve the image.
  fileprivate mutating func residualStages(
    _ counts: [Int], _ block: Architectures.Block, width: Int, shortcut: String
  ) throws(NetworkError) {
    for (stage, count) in counts.enumerated() {
      for index in 0..<count {
        try residualBlock(
          "layer\(stage + 1).\(index)", block, width << stage, stride: stage > 0 && index == 0 ? 2 : 1,
          shortcut: shortcut)
      }
    }
  }

  /// relu(weights(x) + shortcut(x)).
  private mutating func residualBlock(
    _ name: String, _ block: Architectures.Block, _ width: Int, stride: Int, shortcut: String
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
