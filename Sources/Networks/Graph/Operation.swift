/// What a node of a network computes. The set is closed on purpose: every interpreter (fast forward, gradients,
/// oracle, bounds, file formats) is one exhaustive switch in its own module.
///
/// Shapes below are those of one example; images are `[C, H, W]`.
public enum Operation: Hashable, Sendable {
  /// The images themselves; node 0 of every network and nowhere else.
  case input(Shape)
  /// 2-D cross-correlation. Parameters: weight `[O, I/groups, KH, KW]`, bias `[O]`.
  case convolution(Convolution)
  /// The transpose of a 2-D cross-correlation. Parameters: weight `[I, O/groups, KH, KW]`, bias `[O]`.
  case transposedConvolution(TransposedConvolution)
  /// `W x + b` of a rank-1 input. Parameters: weight `[O, I]`, bias `[O]`.
  case dense(Dense)
  /// Maximum or mean over windows.
  case pooling(Pooling)
  /// Maximum or mean over H and W.
  case globalPooling(GlobalPooling)
  /// An element-wise function.
  case activation(Activation)
  /// `x` where positive, else `slope · x`. Parameter: slope `[C]`, or `[1]` where it is shared.
  case parametricReLU(ParametricReLU)
  /// Softmax over the first axis (classes or channels).
  case softmax
  /// The logarithm of softmax over the first axis, without the loss of small probabilities.
  case logSoftmax
  /// To rank 1; the order says which axis runs fastest.
  case flatten(AxisOrder)
  /// The same scalars under another shape.
  case reshape(Reshape)
  /// Axes reordered: output axis `i` is input axis `axes[i]`.
  case permute([Int])
  /// Zeros around H and W.
  case zeroPadding(Edges)
  /// Rows and columns removed from H and W.
  case cropping(Edges)
  /// H and W enlarged by whole factors.
  case upsampling(Upsampling)
  /// Normalisation per channel with running statistics. Parameters: scale, shift, mean, variance, each `[C]`.
  case batchNormalization(BatchNormalization)
  /// Normalisation over chosen axes of one example. Parameters: scale, shift with the extents of those axes.
  case layerNormalization(LayerNormalization)
  /// Normalisation over groups of channels and H, W; instance normalisation where `groups` is C.
  /// Parameters: scale, shift, each `[C]`.
  case groupNormalization(GroupNormalization)
  /// `scale[c] · x + shift[c]`: input normalisation; without a shift, layer scale. Parameters: scale, shift, each
  /// `[C]`.
  case affine(Affine)
  /// Zeroes scalars in training and scales the others by `1 / (1 − rate)`; the identity otherwise.
  case dropout(rate: Float)
  /// Element-wise sum of two or more inputs of one shape.
  case add
  /// Element-wise product of two inputs; one of them may be `[C, 1, 1]` against `[C, H, W]`.
  case multiply
  /// Inputs joined along one axis of the example.
  case concatenate(axis: Int)
}

/// Rows and columns: an extent, a stride, a dilation.
public struct Extent: Hashable, Sendable, Codable {
  /// Along H.
  public var height: Int
  /// Along W.
  public var width: Int

  /// Creates an extent of `height` rows and `width` columns.
  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  /// Creates a square extent.
  public init(_ side: Int) {
    self.init(side, side)
  }
}

/// Rows and columns on the four sides of an image.
public struct Edges: Hashable, Sendable, Codable {
  /// Above the first row.
  public var top: Int
  /// Below the last row.
  public var bottom: Int
  /// Before the first column.
  public var left: Int
  /// After the last column.
  public var right: Int

  /// Creates edges from the four sides.
  public init(top: Int, bottom: Int, left: Int, right: Int) {
    self.top = top
    self.bottom = bottom
    self.left = left
    self.right = right
  }

  /// Creates edges of one width on all sides.
  public init(_ width: Int = 0) {
    self.init(top: width, bottom: width, left: width, right: width)
  }
}

/// The order in which the scalars of an image are enumerated.
public enum AxisOrder: String, Hashable, Sendable, Codable, CaseIterable {
  /// C, H, W: PyTorch, and Keras with `channels_first`.
  case channelsFirst
  /// H, W, C: Keras with `channels_last`.
  case channelsLast
}
