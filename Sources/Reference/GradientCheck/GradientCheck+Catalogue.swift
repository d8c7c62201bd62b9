public import Networks

extension GradientCheck {
  /// Small networks that between them hold every operation with every option.
  public static func catalogue() throws -> [(name: String, network: Network)] {
    try convolutions() + transposedConvolutions() + poolings() + activations() + normalizations() + arrangements()
      + merges() + blocks()
  }

  private typealias Entry = (name: String, network: Network)

  private static let image: Shape = [4, 6, 5]

  /// An input of that shape and the operations one after the other.
  private static func chain(_ name: String, _ operations: Operation..., from shape: Shape = image) throws -> Entry {
    var network = try Network(inputShape: shape)
    for (index, operation) in operations.enumerated() {
      try network.append(operation, named: "\(operation.kindName)\(index + 1)")
    }
    return (name, network)
  }

  private static func convolutions() throws -> [Entry] {
    let sides = Edges(top: 0, bottom: 1, left: 1, right: 2)
    func entry(_ name: String, _ payload: Convolution) throws -> Entry { try chain(name, .convolution(payload)) }
    return [
      try entry("convolution", Convolution(outputChannels: 3, kernel: Extent(3))),
      try entry("convolution 1×1", Convolution(outputChannels: 3, kernel: Extent(1))),
      try entry("convolution without bias", Convolution(outputChannels: 3, kernel: Extent(2, 3), hasBias: false)),
      try entry("convolution padded", Convolution(outputChannels: 3, kernel: Extent(3), padding: Edges(1))),
      try entry(
        "convolution strided, padded unevenly",
        Convolution(outputChannels: 3, kernel: Extent(3, 2), stride: Extent(2, 3), padding: sides)),
      try entry(
        "convolution dilated",
        Convolution(outputChannels: 3, kernel: Extent(2, 3), padding: Edges(2), dilation: Extent(3, 2))),
      try entry(
        "convolution strided, dilated, in groups",
        Convolution(
          outputChannels: 6, kernel: Extent(3), stride: Extent(2, 1), padding: sides, dilation: Extent(2, 1),
          groups: 2)),
      try entry("convolution depthwise", Convolution(outputChannels: 4, kernel: Extent(3), groups: 4)),
      try entry(
        "convolution depthwise, two filters each",
        Convolution(outputChannels: 8, kernel: Extent(3, 2), padding: Edges(1), groups: 4, hasBias: false)),
      try chain("dense", .dense(Dense(outputs: 4)), from: [7]),
      try chain("dense without bias", .dense(Dense(outputs: 4, hasBias: false)), from: [7]),
    ]
  }

  private static func transposedConvolutions() throws -> [Entry] {
    let sides = Edges(top: 0, bottom: 1, left: 1, right: 2)
    func entry(_ name: String, _ payload: TransposedConvolution) throws -> Entry {
      try chain(name, .transposedConvolution(payload), from: [4, 4, 3])
    }
    return [
      try entry("transposed convolution", TransposedConvolution(outputChannels: 3, kernel: Extent(3, 2))),
      try entry(
        "transposed convolution strided, padded unevenly",
        TransposedConvolution(outputChannels: 3, kernel: Extent(3), stride: Extent(2, 3), padding: sides)),
      try entry(
        "transposed convolution with output padding",
        TransposedConvolution(
          outputChannels: 3, kernel: Extent(3), stride: Extent(2), padding: Edges(1), outputPadding: Extent(1, 0),
          hasBias: false)),
      try entry(
        "transposed convolution dilated, in groups",
        TransposedConvolution(
          outputChannels: 6, kernel: Extent(2, 3), stride: Extent(2, 1), outputPadding: Extent(1),
          dilation: Extent(1, 2), groups: 2)),
      try entry(
        "transposed convolution depthwise",
        TransposedConvolution(outputChannels: 4, kernel: Extent(3), stride: Extent(2), groups: 4)),
    ]
  }

  private static func poolings() throws -> [Entry] {
    let sides = Edges(top: 1, bottom: 0, left: 0, right: 2)
    var entries: [Entry] = []
    let kinds: [(String, PoolingKind)] = [
      ("maximum", .max), ("average with padding", .average(countsPadding: true)),
      ("average without padding", .average(countsPadding: false)),
    ]
    for (name, kind) in kinds {
      entries += [
        try chain(name, .pooling(Pooling(kind, kernel: Extent(2)))),
        try chain(
          name + ", overlapping",
          .pooling(Pooling(kind, kernel: Extent(3, 2), stride: Extent(2, 1), padding: Edges(1)))),
        try chain(
          name + ", padded unevenly", .pooling(Pooling(kind, kernel: Extent(3), stride: Extent(2), padding: sides))),
        try chain(
          name + ", rounding up",
          .pooling(
            Pooling(kind, kernel: Extent(3, 2), stride: Extent(2), padding: Edges(1), roundsUp: true))),
      ]
    }
    for (name, kind) in [("global maximum", GlobalPooling.Kind.max), ("global average", .average)] {
      entries.append(try chain(name, .globalPooling(GlobalPooling(kind))))
      entries.append(try chain(name + ", axes kept", .globalPooling(GlobalPooling(kind, keepsAxes: true))))
    }
    return entries
  }

  private static func activations() throws -> [Entry] {
    let all: [Activation] = [
      .relu, .relu6, .leakyReLU(slope: 0.2), .elu(alpha: 1), .elu(alpha: 0.5), .selu, .gelu(approximate: false),
      .gelu(approximate: true), .silu, .hardSwish, .sigmoid, .hardSigmoid(slope: 1 / 6), .hardSigmoid(slope: 0.2),
      .tanh, .softplus,
    ]
    let entries = try all.map { try chain("\($0)", .activation($0), from: [3, 3, 4]) }
    return entries + [
      try chain("parametric ReLU", .parametricReLU(ParametricReLU())),
      try chain("parametric ReLU, shared slope", .parametricReLU(ParametricReLU(isShared: true))),
      try chain("parametric ReLU of a vector", .parametricReLU(ParametricReLU()), from: [9]),
      try chain("softmax", .softmax, from: [6]),
      try chain("softmax over channels", .softmax, from: [3, 2, 3]),
      try chain("logarithm of softmax", .logSoftmax, from: [6]),
      try chain("logarithm of softmax over channels", .logSoftmax, from: [3, 2, 3]),
      try chain("dropout", .dropout(rate: 0.4)),
    ]
  }

  private static func normalizations() throws -> [Entry] {
    func layer(_ axes: [Int], hasScale: Bool = true, hasShift: Bool = true) -> Operation {
      .layerNormalization(LayerNormalization(axes: axes, hasScale: hasScale, hasShift: hasShift))
    }
    return [
      try chain("batch normalisation", .batchNormalization(BatchNormalization())),
      try chain(
        "batch normalisation of a vector", .batchNormalization(BatchNormalization(epsilon: 1e-3)), from: [5]),
      try chain(
        "batch normalisation without scale", .batchNormalization(BatchNormalization(hasScale: false))),
      try chain(
        "batch normalisation without shift", .batchNormalization(BatchNormalization(hasShift: false))),
      try chain("layer normalisation", layer([0, 1, 2])),
      try chain("layer normalisation over channels", layer([0])),
      try chain("layer normalisation over columns, no scale", layer([2], hasScale: false)),
      try chain("layer normalisation over channels and columns, no shift", layer([0, 2], hasShift: false)),
      try chain("layer normalisation of a vector", layer([0]), from: [7]),
      try chain("group normalisation", .groupNormalization(GroupNormalization(groups: 2))),
      try chain(
        "group normalisation, one group, no scale",
        .groupNormalization(GroupNormalization(groups: 1, hasScale: false))),
      try chain(
        "instance normalisation, no shift", .groupNormalization(GroupNormalization(groups: 4, hasShift: false))),
      try chain("group normalisation of a vector", .groupNormalization(GroupNormalization(groups: 2)), from: [8]),
      try chain("affine", .affine(Affine())),
      try chain("affine of a vector, trainable", .affine(Affine(isTrainable: true)), from: [6]),
      try chain("layer scale", .affine(Affine(isTrainable: true, hasShift: false))),
    ]
  }
}
