import Networks

/// The catalogue's arrangements, merges and whole blocks.
extension GradientCheck {
  static func arrangements() throws -> [(name: String, network: Network)] {
    let operations: [(String, Operation)] = [
      ("flatten, channels first", .flatten(.channelsFirst)), ("flatten, channels last", .flatten(.channelsLast)),
      ("reshape, channels first", .reshape(Reshape(to: [2, 6, 6]))),
      ("reshape, channels last", .reshape(Reshape(to: [2, 6, 6], order: .channelsLast))),
      ("reshape to a vector, channels last", .reshape(Reshape(to: [72], order: .channelsLast))),
      ("permute", .permute([2, 0, 1])),
      ("zero padding", .zeroPadding(Edges(top: 1, bottom: 0, left: 2, right: 3))),
      ("cropping", .cropping(Edges(top: 1, bottom: 0, left: 1, right: 1))),
    ]
    let upsamplings = Upsampling.Method.allCases.flatMap { method in
      [Extent(2, 3), Extent(1, 4)].map { factor in
        (
          "upsampling \(method.rawValue) \(factor.height)×\(factor.width)",
          Operation.upsampling(Upsampling(factor: factor, method: method))
        )
      }
    }
    return try (operations + upsamplings).map { name, operation in
      var network = try Network(inputShape: [3, 4, 6])
      try network.append(operation, named: operation.kindName)
      return (name, network)
    }
  }

  static func merges() throws -> [(name: String, network: Network)] {
    [
      try branches("add", .add, count: 2), try branches("add three", .add, count: 3),
      try twice("add to itself", .add), try branches("multiply", .multiply, count: 2),
      try twice("multiply by itself", .multiply),
      try gate("multiply by channels", gateFirst: false), try gate("multiply channels by", gateFirst: true),
      try branches("concatenate channels", .concatenate(axis: 0), count: 3),
      try branches("concatenate rows", .concatenate(axis: 1), count: 2),
      try branches("concatenate columns", .concatenate(axis: 2), count: 2),
      try unequalBranches("concatenate unequal channels"),
    ]
  }

  /// Affine maps of the input, merged.
  private static func branches(
    _ name: String, _ merge: Operation, count: Int
  ) throws -> (name: String, network: Network) {
    var network = try Network(inputShape: [2, 3, 4])
    let inputs = try (1...count).map { try network.append(.affine(Affine()), named: "branch\($0)", to: [0]) }
    try network.append(merge, named: merge.kindName, to: inputs)
    return (name, network)
  }

  /// A node merged with itself: its cotangents must add up.
  private static func twice(_ name: String, _ merge: Operation) throws -> (name: String, network: Network) {
    var network = try Network(inputShape: [2, 3, 4])
    try network.append(merge, named: merge.kindName, to: [0, 0])
    return (name, network)
  }

  private static func gate(_ name: String, gateFirst: Bool) throws -> (name: String, network: Network) {
    var network = try Network(inputShape: [3, 3, 4])
    let gate = try network.append(.globalPooling(GlobalPooling(.average, keepsAxes: true)), named: "gate")
    try network.append(.multiply, named: "multiply", to: gateFirst ? [gate, 0] : [0, gate])
    return (name, network)
  }

  private static func unequalBranches(_ name: String) throws -> (name: String, network: Network) {
    var network = try Network(inputShape: [2, 3, 4])
    let wide = try network.append(.convolution(Convolution(outputChannels: 3, kernel: Extent(1))), named: "wide")
    try network.append(.concatenate(axis: 0), named: "concatenate", to: [0, wide, 0])
    return (name, network)
  }

  static func blocks() throws -> [(name: String, network: Network)] {
    [
      ("convolutional network", try convolutionalNetwork()), ("residual block", try residualBlock()),
      ("squeeze and excitation", try squeezeAndExcitation()), ("decoder", try decoder()),
    ]
  }

  private static func convolutionalNetwork() throws -> Network {
    var network = try Network(inputShape: [1, 8, 8])
    try network.append(.affine(Affine()), named: "normalisation")
    try network.append(.convolution(Convolution(outputChannels: 3, kernel: Extent(3))), named: "convolution")
    try network.append(.activation(.relu), named: "relu")
    try network.append(.pooling(Pooling(.max, kernel: Extent(2))), named: "pooling")
    try network.append(.flatten(.channelsLast), named: "flatten")
    try network.append(.dropout(rate: 0.25), named: "dropout")
    try network.append(.dense(Dense(outputs: 3)), named: "dense")
    return network
  }

  /// The first convolution's bias has no effect in training: its gradient is zero there, and the check must find zero.
  private static func residualBlock() throws -> Network {
    let convolution = Convolution(outputChannels: 2, kernel: Extent(3), padding: Edges(1))
    var network = try Network(inputShape: [2, 4, 4])
    try network.append(.convolution(convolution), named: "convolution1")
    try network.append(.batchNormalization(BatchNormalization()), named: "normalisation1")
    try network.append(.activation(.relu), named: "relu1")
    try network.append(.convolution(convolution), named: "convolution2")
    let branch = try network.append(.batchNormalization(BatchNormalization()), named: "normalisation2")
    try network.append(.add, named: "add", to: [0, branch])
    try network.append(.activation(.relu), named: "relu2")
    try network.append(.globalPooling(GlobalPooling(.average)), named: "pooling")
    try network.append(.dense(Dense(outputs: 3)), named: "dense")
    return network
  }

  private static func squeezeAndExcitation() throws -> Network {
    var network = try Network(inputShape: [4, 3, 3])
    try network.append(.globalPooling(GlobalPooling(.average, keepsAxes: true)), named: "squeeze")
    try network.append(.convolution(Convolution(outputChannels: 2, kernel: Extent(1))), named: "reduce")
    try network.append(.activation(.silu), named: "silu")
    try network.append(.convolution(Convolution(outputChannels: 4, kernel: Extent(1))), named: "expand")
    let gate = try network.append(.activation(.sigmoid), named: "sigmoid")
    try network.append(.multiply, named: "excite", to: [0, gate])
    return network
  }

  private static func decoder() throws -> Network {
    var network = try Network(inputShape: [6])
    try network.append(.dense(Dense(outputs: 8)), named: "dense")
    try network.append(.activation(.gelu(approximate: false)), named: "gelu")
    try network.append(.reshape(Reshape(to: [2, 2, 2], order: .channelsLast)), named: "reshape")
    let transposed = TransposedConvolution(outputChannels: 2, kernel: Extent(3), stride: Extent(2))
    try network.append(.transposedConvolution(transposed), named: "transposed")
    try network.append(.upsampling(Upsampling(factor: Extent(2), method: .bilinear)), named: "upsampling")
    try network.append(.cropping(Edges(1)), named: "cropping")
    return network
  }
}
