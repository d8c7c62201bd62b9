extension Architectures {
  /// The networks on which robustness on MNIST is reported.
  static let mnistNetworks = [small, madry, large, trades, ibpSmall, ibpMedium, ibpLarge]

  private static let small = Architecture(
    name: "mnist-small", summary: "Wong and Kolter's small network: strided 4×4 convolutions, dense 100",
    reference: "arXiv 1711.00851", options: []
  ) { network, classCount, _ in
    try network.convolution("conv1", 16, kernel: 4, stride: 2, padding: 1)
    try network.activation("relu1")
    try network.convolution("conv2", 32, kernel: 4, stride: 2, padding: 1)
    try network.activation("relu2")
    try network.flatten()
    try network.dense("fc1", 100)
    try network.activation("relu3")
    try network.dense("logits", classCount)
  }

  private static let madry = Architecture(
    name: "mnist-madry", summary: "Madry et al.'s network: 5×5 convolutions with max-pooling, dense 1024",
    reference: "arXiv 1706.06083", options: []
  ) { network, classCount, _ in
    try network.convolution("conv1", 32, kernel: 5, padding: 2)
    try network.activation("relu1")
    try network.pooling("pool1")
    try network.convolution("conv2", 64, kernel: 5, padding: 2)
    try network.activation("relu2")
    try network.pooling("pool2")
    try network.flatten()
    try network.dense("fc1", 1024)
    try network.activation("relu3")
    try network.dense("logits", classCount)
  }

  private static let large = Architecture(
    name: "mnist-large", summary: "Wong and Kolter's large network: four convolutions, dense 512-512",
    reference: "arXiv 1711.00851", options: []
  ) { network, classCount, _ in
    for (index, (channels, stride)) in [(32, 1), (32, 2), (64, 1), (64, 2)].enumerated() {
      try network.convolution("conv\(index + 1)", channels, kernel: stride + 2, stride: stride, padding: 1)
      try network.activation("relu\(index + 1)")
    }
    try network.flatten()
    try network.hiddenLayers([512, 512])
    try network.dense("logits", classCount)
  }

  private static let trades = Architecture(
    name: "mnist-trades", summary: "SmallCNN of TRADES: four 3×3 convolutions, dense 200-200",
    reference: "Zhang et al., arXiv 1901.08573", options: [.dropout(0.5)]
  ) { network, classCount, options in
    for (index, channels) in [32, 32, 64, 64].enumerated() {
      try network.convolution("conv\(index + 1)", channels, kernel: 3)
      try network.activation("relu\(index + 1)")
      if index % 2 == 1 { try network.pooling("pool\(index / 2 + 1)") }
    }
    try network.flatten()
    try network.dense("fc1", 200)
    try network.activation("fc1_relu")
    try network.dropout("drop", rate: options.number("dropout", in: 0..<1))
    try network.dense("fc2", 200)
    try network.activation("fc2_relu")
    try network.dense("logits", classCount)
  }

  private static let ibpSmall = intervalNetwork(
    "small", "two convolutions, dense 100", hidden: [100], convolutions: [(16, 4, 2), (32, 4, 1)])

  private static let ibpMedium = intervalNetwork(
    "medium", "four convolutions, dense 512-512", hidden: [512, 512],
    convolutions: [(32, 3, 1), (32, 4, 2), (64, 3, 1), (64, 4, 2)])

  private static let ibpLarge = intervalNetwork(
    "large", "five padded 3×3 convolutions, dense 512", hidden: [512], isPadded: true,
    convolutions: [(64, 3, 1), (64, 3, 1), (128, 3, 2), (128, 3, 1), (128, 3, 1)])

  /// The networks of interval bound propagation. Padding is TensorFlow's: none, or 'same', which with stride 2 on an
  /// even extent adds its zeros at bottom and right alone.
  private static func intervalNetwork(
    _ size: String, _ summary: String, hidden: [Int], isPadded: Bool = false,
    convolutions: [(channels: Int, kernel: Int, stride: Int)]
  ) -> Architecture {
    Architecture(
      name: "mnist-ibp-\(size)", summary: "Gowal et al.'s \(size) network: \(summary)", reference: "arXiv 1810.12715",
      options: []
    ) { network, classCount, _ in
      for (index, layer) in convolutions.enumerated() {
        var payload = Convolution(
          outputChannels: layer.channels, kernel: Extent(layer.kernel), stride: Extent(layer.stride))
        if isPadded { payload.padding = network.samePadding(kernel: layer.kernel, stride: layer.stride) }
        try network.append(.convolution(payload), named: "conv\(index + 1)")
        try network.activation("relu\(index + 1)")
      }
      try network.flatten()
      try network.hiddenLayers(hidden)
      try network.dense("logits", classCount)
    }
  }
}

extension Network {
  /// Dense layers under ReLUs.
  fileprivate mutating func hiddenLayers(_ widths: [Int]) throws(NetworkError) {
    for (index, width) in widths.enumerated() {
      try dense("fc\(index + 1)", width)
      try activation("fc\(index + 1)_relu")
    }
  }

  /// Zeros that make the output ⌈extent / stride⌉, the odd one at the end.
  fileprivate func samePadding(kernel: Int, stride: Int) -> Edges {
    func total(_ extent: Int) -> Int { max(((extent - 1) / stride) * stride + kernel - extent, 0) }
    guard outputShape.rank == 3 else { return Edges() }
    let (rows, columns) = (total(outputShape[1]), total(outputShape[2]))
    return Edges(top: rows / 2, bottom: rows - rows / 2, left: columns / 2, right: columns - columns / 2)
  }
}
