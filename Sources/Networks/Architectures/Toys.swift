extension Architectures {
  /// Networks one can follow by hand.
  static let toys = [tinyCNN, multilayerPerceptron]

  private static let tinyCNN = Architecture(
    name: "tinycnn", summary: "one convolution, ReLU, max-pooling, one dense layer", reference: nil,
    options: [
      ArchitectureOption(name: "filters", summary: "filters of the convolution", defaultValue: "3"),
      ArchitectureOption(name: "kernel", summary: "side of a filter", defaultValue: "3"),
      .activation("relu"),
    ]
  ) { network, classCount, options in
    try network.convolution("conv", options.integer("filters"), kernel: options.integer("kernel", in: 1...255))
    try network.activation("act", options.activation())
    try network.pooling("pool")
    try network.flatten()
    try network.dense("logits", classCount)
  }

  private static let multilayerPerceptron = Architecture(
    name: "mlp", summary: "dense layers over the flattened image", reference: nil,
    options: [
      ArchitectureOption(name: "hidden", summary: "widths of the hidden layers, as in 256-128", defaultValue: "64"),
      .activation("relu"),
    ]
  ) { network, classCount, options in
    let activation = try options.activation()
    try network.flatten()
    for (index, width) in try options.integers("hidden").enumerated() {
      try network.dense("hidden\(index + 1)", width)
      try network.activation("act\(index + 1)", activation)
    }
    try network.dense("logits", classCount)
  }
}
