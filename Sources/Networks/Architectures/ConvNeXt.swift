extension Architectures {
  /// Torchvision's form, with two differences that change no logit: dense layers over channels are 1×1 convolutions;
  /// stochastic depth, the identity outside of training, is left out.
  static let convNeXtTiny = Architecture(
    name: "convnext-tiny", summary: "ConvNeXt-Tiny: depthwise 7×7 convolutions, normalisation over channels, GELU",
    reference: "Liu et al., arXiv 2201.03545",
    options: [
      .width(96),
      ArchitectureOption(name: "patch", summary: "side and stride of the first convolution", defaultValue: "4"),
      .normalize,
    ]
  ) { network, classCount, options in
    try network.normalization(options)
    let (width, patch) = (try options.integer("width", in: 1...4096), try options.integer("patch", in: 1...64))
    try network.convolution("features.0.0", width, kernel: patch, stride: patch)
    try network.channelNormalization("features.0.1")
    for (stage, count) in [3, 3, 9, 3].enumerated() {
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
