/// Building blocks of the architectures. A block is appended after `input`, or after the last node, and its output is
/// the last node.
extension Network {
  mutating func convolution(
    _ name: String, _ channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1,
    hasBias: Bool = true, to input: Int? = nil
  ) throws(NetworkError) {
    try append(
      .convolution(
        Convolution(
          outputChannels: channels, kernel: Extent(kernel), stride: Extent(stride), padding: Edges(padding),
          groups: groups, hasBias: hasBias)),
      named: name, to: input.map { [$0] })
  }

  /// A convolution without bias and a batch normalisation; by default 3×3, with padding that keeps the size.
  mutating func normalizedConvolution(
    _ name: String, _ norm: String, _ channels: Int, kernel: Int = 3, stride: Int = 1, groups: Int = 1,
    normalization: BatchNormalization = BatchNormalization(), to input: Int? = nil
  ) throws(NetworkError) {
    try convolution(
      name, channels, kernel: kernel, stride: stride, padding: kernel / 2, groups: groups, hasBias: false, to: input)
    try append(.batchNormalization(normalization), named: norm)
  }

  mutating func batchNormalization(_ name: String, to input: Int? = nil) throws(NetworkError) {
    try append(.batchNormalization(BatchNormalization()), named: name, to: input.map { [$0] })
  }

  /// A normalisation and a ReLU before the weights that read them (pre-activation).
  mutating func preactivation(_ norm: String, to input: Int? = nil) throws(NetworkError) {
    try batchNormalization(norm, to: input)
    try activation(norm + ".relu")
  }

  mutating func dense(_ name: String, _ outputs: Int) throws(NetworkError) {
    try append(.dense(Dense(outputs: outputs)), named: name)
  }

  mutating func activation(_ name: String, _ activation: Activation = .relu) throws(NetworkError) {
    try append(.activation(activation), named: name)
  }

  mutating func dropout(_ name: String, rate: Float) throws(NetworkError) {
    if rate > 0 { try append(.dropout(rate: rate), named: name) }
  }

  mutating func pooling(
    _ name: String, _ kind: PoolingKind = .max, kernel: Int = 2, stride: Int? = nil, padding: Int = 0
  ) throws(NetworkError) {
    try append(
      .pooling(
        Pooling(kind, kernel: Extent(kernel), stride: stride.map { Extent($0) }, padding: Edges(padding))),
      named: name)
  }

  mutating func globalAveragePooling(_ name: String = "avgpool") throws(NetworkError) {
    try append(.globalPooling(GlobalPooling(.average)), named: name)
  }

  mutating func flatten() throws(NetworkError) {
    try append(.flatten(.channelsFirst), named: "flatten")
  }

  /// Subtracts a mean from the pixels and divides by a deviation, so that images and ε stay in pixels of [0, 1].
  mutating func normalization(_ name: NamedNormalization) throws(NetworkError) {
    guard let normalization = name.normalization else { return }
    try append(.affine(normalization.affine), named: "normalize")
  }
}
