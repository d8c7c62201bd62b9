/// See `Operation.convolution`. Padding may differ on every side ('same' padding with stride needs that).
public struct Convolution: Hashable, Sendable, Codable {
  /// O, the number of filters.
  public var outputChannels: Int
  /// Rows and columns of a filter.
  public var kernel: Extent
  /// Steps of the filter.
  public var stride: Extent
  /// Zeros around the input.
  public var padding: Edges
  /// Distance of neighbouring filter taps; 1 is an ordinary convolution.
  public var dilation: Extent
  /// The number of groups of channels, each convolved by itself; the number of input channels for a depthwise
  /// convolution.
  public var groups: Int
  /// Whether a bias is added.
  public var hasBias: Bool

  /// Creates a convolution.
  public init(
    outputChannels: Int, kernel: Extent, stride: Extent = Extent(1), padding: Edges = Edges(),
    dilation: Extent = Extent(1), groups: Int = 1, hasBias: Bool = true
  ) {
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.hasBias = hasBias
  }
}

/// See `Operation.transposedConvolution`. Output extent: (H − 1)·stride − padding + dilation·(K − 1) + 1 + outputPadding.
public struct TransposedConvolution: Hashable, Sendable, Codable {
  /// O, the number of output channels.
  public var outputChannels: Int
  /// Rows and columns of a filter.
  public var kernel: Extent
  /// The factor by which the image is enlarged.
  public var stride: Extent
  /// Rows and columns removed from the full output.
  public var padding: Edges
  /// Rows and columns added to the output at bottom and right.
  public var outputPadding: Extent
  /// Distance of neighbouring filter taps.
  public var dilation: Extent
  /// The number of groups of channels, each convolved by itself.
  public var groups: Int
  /// Whether a bias is added.
  public var hasBias: Bool

  /// Creates a transposed convolution.
  public init(
    outputChannels: Int, kernel: Extent, stride: Extent = Extent(1), padding: Edges = Edges(),
    outputPadding: Extent = Extent(0), dilation: Extent = Extent(1), groups: Int = 1, hasBias: Bool = true
  ) {
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.outputPadding = outputPadding
    self.dilation = dilation
    self.groups = groups
    self.hasBias = hasBias
  }
}

/// See `Operation.dense`.
public struct Dense: Hashable, Sendable, Codable {
  /// O, the number of outputs.
  public var outputs: Int
  /// Whether a bias is added.
  public var hasBias: Bool

  /// Creates a dense layer.
  public init(outputs: Int, hasBias: Bool = true) {
    self.outputs = outputs
    self.hasBias = hasBias
  }
}

/// How a pooling reduces its window.
public enum PoolingKind: Hashable, Sendable, Codable {
  /// The largest scalar; its gradient goes to the first of equal ones in row-major order. Padding is never the maximum.
  case max
  /// The mean; whether zeros of the padding count in the divisor differs between libraries.
  case average(countsPadding: Bool)
}

/// See `Operation.pooling`.
public struct Pooling: Hashable, Sendable, Codable {
  /// Maximum or mean.
  public var kind: PoolingKind
  /// Rows and columns of the window.
  public var kernel: Extent
  /// Steps of the window.
  public var stride: Extent
  /// Padding around the input.
  public var padding: Edges
  /// Whether a last, partial window counts (PyTorch's `ceil_mode`): it must start inside the input or the padding
  /// before it, and its divisor counts nothing beyond the padding.
  public var roundsUp: Bool

  /// Creates a pooling; the stride is the kernel unless given.
  public init(
    _ kind: PoolingKind, kernel: Extent, stride: Extent? = nil, padding: Edges = Edges(), roundsUp: Bool = false
  ) {
    self.kind = kind
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.roundsUp = roundsUp
  }
}

/// See `Operation.globalPooling`.
public struct GlobalPooling: Hashable, Sendable, Codable {
  /// How a channel is reduced.
  public enum Kind: String, Hashable, Sendable, Codable {
    /// The largest scalar.
    case max
    /// The mean.
    case average
  }
  /// Maximum or mean.
  public var kind: Kind
  /// Whether the output is `[C, 1, 1]` rather than `[C]`.
  public var keepsAxes: Bool

  /// Creates a global pooling.
  public init(_ kind: Kind, keepsAxes: Bool = false) {
    self.kind = kind
    self.keepsAxes = keepsAxes
  }
}

/// See `Operation.parametricReLU`.
public struct ParametricReLU: Hashable, Sendable, Codable {
  /// Whether one slope serves all channels.
  public var isShared: Bool

  /// Creates a parametric ReLU.
  public init(isShared: Bool = false) {
    self.isShared = isShared
  }
}

/// See `Operation.reshape`.
public struct Reshape: Hashable, Sendable, Codable {
  /// The shape of the output, `[C, H, W]` where it is an image.
  public var shape: Shape
  /// How the scalars of rank-3 shapes are enumerated, on both sides.
  public var order: AxisOrder

  /// Creates a reshape.
  public init(to shape: Shape, order: AxisOrder = .channelsFirst) {
    self.shape = shape
    self.order = order
  }
}

/// See `Operation.upsampling`.
public struct Upsampling: Hashable, Sendable, Codable {
  /// The interpolation.
  public enum Method: String, Hashable, Sendable, Codable, CaseIterable {
    /// The nearest scalar: every scalar repeated.
    case nearest
    /// Linear in H and W between pixel centres (PyTorch `align_corners=False`, Keras).
    case bilinear
    /// Linear in H and W with the corner pixels aligned (PyTorch `align_corners=True`).
    case bilinearAlignedCorners
  }
  /// Whole factors along H and W.
  public var factor: Extent
  /// The interpolation.
  public var method: Method

  /// Creates an up-sampling.
  public init(factor: Extent, method: Method = .nearest) {
    self.factor = factor
    self.method = method
  }
}

/// See `Operation.batchNormalization`: `scale · (x − mean) / √(variance + epsilon) + shift`; Ioffe and Szegedy, arXiv 1502.03167.
public struct BatchNormalization: Hashable, Sendable, Codable {
  /// Added to the variance: 1e-5 in PyTorch, 1e-3 in Keras.
  public var epsilon: Float
  /// The weight of the batch in the running statistics: PyTorch's momentum 0.1, Keras' 1 − 0.99.
  public var momentum: Float
  /// Whether there is a scale (gamma).
  public var hasScale: Bool
  /// Whether there is a shift (beta).
  public var hasShift: Bool

  /// Creates a batch normalisation.
  public init(epsilon: Float = 1e-5, momentum: Float = 0.1, hasScale: Bool = true, hasShift: Bool = true) {
    self.epsilon = epsilon
    self.momentum = momentum
    self.hasScale = hasScale
    self.hasShift = hasShift
  }
}

/// See `Operation.layerNormalization`; Ba et al., arXiv 1607.06450.
public struct LayerNormalization: Hashable, Sendable, Codable {
  /// The axes of the example over which mean and variance are taken, ascending.
  public var axes: [Int]
  /// Added to the variance.
  public var epsilon: Float
  /// Whether there is a scale.
  public var hasScale: Bool
  /// Whether there is a shift.
  public var hasShift: Bool

  /// Creates a layer normalisation.
  public init(axes: [Int], epsilon: Float = 1e-5, hasScale: Bool = true, hasShift: Bool = true) {
    self.axes = axes
    self.epsilon = epsilon
    self.hasScale = hasScale
    self.hasShift = hasShift
  }
}

/// See `Operation.groupNormalization`; Wu and He, arXiv 1803.08494.
public struct GroupNormalization: Hashable, Sendable, Codable {
  /// The number of groups; a divisor of C.
  public var groups: Int
  /// Added to the variance.
  public var epsilon: Float
  /// Whether there is a scale.
  public var hasScale: Bool
  /// Whether there is a shift.
  public var hasShift: Bool

  /// Creates a group normalisation.
  public init(groups: Int, epsilon: Float = 1e-5, hasScale: Bool = true, hasShift: Bool = true) {
    self.groups = groups
    self.epsilon = epsilon
    self.hasScale = hasScale
    self.hasShift = hasShift
  }
}
