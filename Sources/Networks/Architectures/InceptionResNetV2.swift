public import Hyperparameters

/// Inception-ResNet-v2 in timm's form, for images of 75×75 pixels and more; nodes are named as its modules.
public struct InceptionResNetV2: Architecture {
  /// Name, title and source.
  public static let method = Method(
    name: "inception-resnet-v2", title: "Inception-ResNet-v2",
    summary: "For large images: residual blocks of parallel convolutions.", citation: "Szegedy et al., arXiv 1602.07261"
  )

  /// Channels of the first convolution.
  public var width = 32
  /// Before the dense layer.
  public var dropout: Float = 0.2
  /// Normalisation of the images.
  public var normalize = NamedNormalization.none

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<InceptionResNetV2>] = [
    .width(\.width, "Channels of the first convolution."), .dropout(\.dropout), .normalize(\.normalize),
  ]

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    try network.normalization(normalize)
    var builder = InceptionBuilder(network: network, width: width)
    try builder.appendStem()
    try builder.appendReductions()
    network = builder.network
    try network.globalAveragePooling("global_pool")
    try network.dropout("head_drop", rate: dropout)
    try network.dense("classif", classCount)
  }
}

/// A convolution with its normalisation and its ReLU, of `channels` where the first one has 32.
private struct InceptionConvolution {
  let channels: Int
  let kernel: Extent
  let stride: Int
  /// Whether the image keeps its size at stride 1.
  let isPadded: Bool

  init(_ channels: Int, _ kernel: Extent = Extent(1), stride: Int = 1, isPadded: Bool = true) {
    self.channels = channels
    self.kernel = kernel
    self.stride = stride
    self.isPadded = isPadded
  }

  /// A 3×3 convolution that halves the image.
  static func halving(_ channels: Int) -> InceptionConvolution {
    InceptionConvolution(channels, Extent(3), stride: 2, isPadded: false)
  }

  static func square(_ channels: Int, _ side: Int = 3, isPadded: Bool = true) -> InceptionConvolution {
    InceptionConvolution(channels, Extent(side), isPadded: isPadded)
  }
}

private struct InceptionBuilder {
  var network: Network
  let width: Int

  private func scaled(_ channels: Int) -> Int { max(1, channels * width / 32) }

  /// Up to the first residual blocks.
  mutating func appendStem() throws(NetworkError) {
    try chain("conv2d_1a", [.halving(32)])
    try chain("conv2d_2a", [.square(32, isPadded: false)])
    try chain("conv2d_2b", [.square(64)])
    try network.pooling("maxpool_3a", kernel: 3, stride: 2)
    try chain("conv2d_3b", [InceptionConvolution(80)])
    try chain("conv2d_4a", [.square(192, isPadded: false)])
    try network.pooling("maxpool_5a", kernel: 3, stride: 2)
    let input = network.outputIndex
    var ends = try branches(
      "mixed_5b",
      [
        [InceptionConvolution(96)], [InceptionConvolution(48), .square(64, 5)],
        [InceptionConvolution(64), .square(96), .square(96)],
      ])
    let mean = Pooling(.average(countsPadding: false), kernel: Extent(3), stride: Extent(1), padding: Edges(1))
    try network.append(.pooling(mean), named: "mixed_5b.branch3.0", to: [input])
    ends.append(try chain("mixed_5b.branch3.1", [InceptionConvolution(64)]))
    try network.append(.concatenate(axis: 0), named: "mixed_5b.cat", to: ends)
  }

  /// Three stages of residual blocks, with a reduction of the image after the first and the second.
  mutating func appendReductions() throws(NetworkError) {
    for index in 0..<10 {
      try residual(
        "repeat.\(index)", scale: 0.17,
        [
          [InceptionConvolution(32)], [InceptionConvolution(32), .square(32)],
          [InceptionConvolution(32), .square(48), .square(64)],
        ])
    }
    try reduction("mixed_6a", [[.halving(384)], [InceptionConvolution(256), .square(256), .halving(384)]])
    for index in 0..<20 {
      let wide = [
        InceptionConvolution(128), InceptionConvolution(160, Extent(1, 7)), InceptionConvolution(192, Extent(7, 1)),
      ]
      try residual("repeat_1.\(index)", scale: 0.1, [[InceptionConvolution(192)], wide])
    }
    try reduction(
      "mixed_7a",
      [
        [InceptionConvolution(256), .halving(384)], [InceptionConvolution(256), .halving(288)],
        [InceptionConvolution(256), .square(288), .halving(320)],
      ])
    let wide = [
      InceptionConvolution(192), InceptionConvolution(224, Extent(1, 3)), InceptionConvolution(256, Extent(3, 1)),
    ]
    for index in 0..<9 { try residual("repeat_2.\(index)", scale: 0.2, [[InceptionConvolution(192)], wide]) }
    try residual("block8", scale: 1, [[InceptionConvolution(192)], wide], isActivated: false)
    try chain("conv2d_7b", [InceptionConvolution(1536)])
  }

  /// Convolutions one after the other; a single one has no number in its name.
  @discardableResult
  private mutating func chain(
    _ name: String, _ convolutions: [InceptionConvolution], to input: Int? = nil
  ) throws(NetworkError) -> Int {
    for (index, convolution) in convolutions.enumerated() {
      let part = convolutions.count == 1 ? name : "\(name).\(index)"
      let (rows, columns) =
        convolution.isPadded ? (convolution.kernel.height / 2, convolution.kernel.width / 2) : (0, 0)
      let payload = Convolution(
        outputChannels: scaled(convolution.channels), kernel: convolution.kernel, stride: Extent(convolution.stride),
        padding: Edges(top: rows, bottom: rows, left: columns, right: columns), hasBias: false)
      try network.append(.convolution(payload), named: "\(part).conv", to: index == 0 ? input.map { [$0] } : nil)
      try network.append(.batchNormalization(BatchNormalization(epsilon: 1e-3)), named: "\(part).bn")
      try network.activation("\(part).act")
    }
    return network.outputIndex
  }

  /// The ends of chains that all begin at the last node.
  private mutating func branches(
    _ name: String, _ branches: [[InceptionConvolution]]
  ) throws(NetworkError) -> [Int] {
    let input = network.outputIndex
    var ends: [Int] = []
    for (index, branch) in branches.enumerated() {
      ends.append(try chain("\(name).branch\(index)", branch, to: input))
    }
    return ends
  }

  private mutating func reduction(_ name: String, _ chains: [[InceptionConvolution]]) throws(NetworkError) {
    let input = network.outputIndex
    var ends = try branches(name, chains)
    let pooling = Pooling(.max, kernel: Extent(3), stride: Extent(2))
    ends.append(try network.append(.pooling(pooling), named: "\(name).branch\(chains.count)", to: [input]))
    try network.append(.concatenate(axis: 0), named: "\(name).cat", to: ends)
  }

  /// relu(x + scale · weights(x)).
  private mutating func residual(
    _ name: String, scale: Float, _ chains: [[InceptionConvolution]], isActivated: Bool = true
  ) throws(NetworkError) {
    let input = network.outputIndex
    try network.append(.concatenate(axis: 0), named: "\(name).cat", to: try branches(name, chains))
    try network.convolution("\(name).conv2d", network.nodes[input].shape[0], kernel: 1)
    if scale != 1 { try network.append(.affine(Affine(initialScale: [scale])), named: "\(name).scale") }
    try network.append(.add, named: "\(name).add", to: [network.outputIndex, input])
    if isActivated { try network.activation("\(name).act") }
  }
}
