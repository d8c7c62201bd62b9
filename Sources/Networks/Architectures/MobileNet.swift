extension Architectures {
  /// Networks of depthwise convolutions.
  static let depthwiseNetworks = [mobileNet, efficientNetB0, convNeXtTiny]

  /// The channels of each depthwise-separable block over those of the first convolution, and its stride.
  private static let mobileNetBlocks = [
    (2, 1), (4, 2), (4, 1), (8, 2), (8, 1), (16, 2), (16, 1), (16, 1), (16, 1), (16, 1), (16, 1), (32, 2), (32, 1),
  ]

  private static let mobileNet = Architecture(
    name: "mobilenet", summary: "MobileNet: depthwise 3×3 and pointwise convolutions in turn",
    reference: "Howard et al., arXiv 1704.04861",
    options: [
      .width(32),
      ArchitectureOption(
        name: "stride", summary: "of the first convolution: 1 for 32×32 images, 2 for large ones", defaultValue: "1"),
      .normalize,
    ]
  ) { network, classCount, options in
    try network.normalization(options)
    let width = try options.integer("width", in: 1...1024)
    try network.normalizedConvolution("conv1", "bn1", width, stride: options.integer("stride", in: 1...2))
    try network.activation("relu")
    for (index, (factor, stride)) in mobileNetBlocks.enumerated() {
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
