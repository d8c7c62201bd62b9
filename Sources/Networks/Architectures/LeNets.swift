extension Architectures {
  /// LeNet-5 and a small relative for 8×8 digits.
  static let leNets = [leNet5, digitsCNN]

  /// LeCun's C1 to F6 with fully connected C3, plain average pooling and tanh. Padding 2 makes 28×28 images the 32×32
  /// of the paper; `padding=0` is the usual form for images that are 32×32 already.
  private static let leNet5 = Architecture(
    name: "lenet5", summary: "LeNet-5: two 5×5 convolutions with average pooling, dense 120-84",
    reference: "LeCun et al. 1998, doi 10.1109/5.726791",
    options: [
      ArchitectureOption(name: "padding", summary: "zeros around the image", defaultValue: "2"),
      .activation("tanh"),
    ]
  ) { network, classCount, options in
    let activation = try options.activation()
    try network.convolution("c1", 6, kernel: 5, padding: options.integer("padding", in: 0...255))
    try network.activation("c1_act", activation)
    try network.pooling("s2", .average(countsPadding: true))
    try network.convolution("c3", 16, kernel: 5)
    try network.activation("c3_act", activation)
    try network.pooling("s4", .average(countsPadding: true))
    try network.flatten()
    try network.dense("c5", 120)
    try network.activation("c5_act", activation)
    try network.dense("f6", 84)
    try network.activation("f6_act", activation)
    try network.dense("logits", classCount)
  }

  /// Batch normalisation halves the errors on 8×8 digits, to about one in a hundred; `normalization=none` serves
  /// training with bounds.
  private static let digitsCNN = Architecture(
    name: "digits-cnn", summary: "three 3×3 convolutions for small images such as 8×8 digits",
    reference: nil,
    options: [
      ArchitectureOption(name: "width", summary: "filters of the first convolution", defaultValue: "16"),
      ArchitectureOption(name: "normalization", summary: "batch or none", defaultValue: "batch"),
    ]
  ) { network, classCount, options in
    let width = try options.integer("width", in: 1...4096)
    let isNormalized = try options.choice("normalization", of: ["batch", "none"]) == "batch"
    for (index, channels) in [width, 2 * width, 2 * width].enumerated() {
      let number = index + 1
      try network.convolution("conv\(number)", channels, kernel: 3, padding: 1, hasBias: !isNormalized)
      if isNormalized { try network.append(.batchNormalization(BatchNormalization()), named: "norm\(number)") }
      try network.activation("relu\(number)")
      if number == 2 { try network.pooling("pool") }
    }
    try network.flatten()
    try network.dense("logits", classCount)
  }
}
