/// A block of MobileNets and EfficientNets; Sandler et al., arXiv 1801.04381.
struct InvertedBottleneck {
  /// Channels in the middle.
  var expanded: Int
  /// Side of the depthwise filters.
  var kernel: Int
  /// Their stride.
  var stride: Int
  /// Channels of the output.
  var channels: Int
  /// How the channels in the middle are weighed; nil where they are not.
  var excitation: SqueezeAndExcitation?
  /// The activation after the first two convolutions.
  var activation: Activation
  /// The normalisation after each convolution.
  var normalization = BatchNormalization()
}

/// Factors for the channels, found from the means of all; Hu et al., arXiv 1709.01507.
struct SqueezeAndExcitation {
  /// Channels in the middle.
  var squeezed: Int
  /// The activation there.
  var activation: Activation
  /// The function that gives the factors.
  var gate: Activation
}

extension Network {
  /// Expand by a pointwise convolution where that changes the channels, filter depthwise, weigh the channels, project;
  /// add the input where neither channels nor size change. The parts are numbered as in torchvision's `block`.
  mutating func invertedBottleneck(_ name: String, _ block: InvertedBottleneck) throws(NetworkError) {
    let input = outputIndex
    let inputChannels = outputShape[0]
    var part = 0
    if block.expanded != inputChannels {
      try convolutionBlock(
        "\(name).block.\(part)", block.expanded, kernel: 1, normalization: block.normalization,
        activation: block.activation)
      part += 1
    }
    try convolutionBlock(
      "\(name).block.\(part)", block.expanded, kernel: block.kernel, stride: block.stride, groups: block.expanded,
      normalization: block.normalization, activation: block.activation)
    part += 1
    if let excitation = block.excitation {
      try squeezeAndExcitation("\(name).block.\(part)", excitation)
      part += 1
    }
    try convolutionBlock(
      "\(name).block.\(part)", block.channels, kernel: 1, normalization: block.normalization, activation: nil)
    // The shapes alone do not tell: an image of one pixel stays one at stride 2, and is not added.
    guard block.stride == 1, block.channels == inputChannels else { return }
    try append(.add, named: "\(name).add", to: [outputIndex, input])
  }

  /// Multiplies every channel by a factor of (0, 1).
  mutating func squeezeAndExcitation(_ name: String, _ block: SqueezeAndExcitation) throws(NetworkError) {
    let input = outputIndex
    let channels = outputShape[0]
    try append(.globalPooling(GlobalPooling(.average, keepsAxes: true)), named: "\(name).avgpool")
    try convolution("\(name).fc1", block.squeezed, kernel: 1)
    try activation("\(name).activation", block.activation)
    try convolution("\(name).fc2", channels, kernel: 1)
    try activation("\(name).scale_activation", block.gate)
    try append(.multiply, named: "\(name).multiply", to: [input, outputIndex])
  }

  /// Torchvision's `Conv2dNormActivation`: modules 0, 1 and, where there is an activation, 2 of `name`.
  mutating func convolutionBlock(
    _ name: String, _ channels: Int, kernel: Int = 3, stride: Int = 1, groups: Int = 1,
    normalization: BatchNormalization = BatchNormalization(), activation: Activation?, to input: Int? = nil
  ) throws(NetworkError) {
    try normalizedConvolution(
      "\(name).0", "\(name).1", channels, kernel: kernel, stride: stride, groups: groups, normalization: normalization,
      to: input)
    if let activation { try self.activation("\(name).2", activation) }
  }
}
