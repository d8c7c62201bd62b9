/// What a name of the graph stands for.
enum ONNXValue {
  /// The same for all images.
  case constant(ONNXConstant)
  /// One array for each image.
  case tensor(ONNXReference)
  /// A part of a layer that exporters write as several operators.
  case partial(ONNXPartial)
}

/// The output of a node of the network, as the graph sees it.
///
/// The graph has an axis of images in front, and perhaps the other axes in another order (a file by TensorFlow has
/// channels last): its axis `i + 1` is the network's axis `axes[i]`. So a transposition costs nothing until an operator
/// needs the order.
struct ONNXReference: Equatable {
  var node: Int
  var axes: [Int]

  /// A reference with the axes as the network has them.
  init(_ node: Int, rank: Int) { self.init(node, axes: Array(0..<rank)) }

  init(_ node: Int, axes: [Int]) { (self.node, self.axes) = (node, axes) }
}

/// An intermediate value of a layer that the graph computes step by step, and that has no operation of its own here.
struct ONNXPartial {
  /// The value, in terms of one tensor.
  enum Kind {
    /// `factor · (erf(x / √2) + offset)`: on the way to GELU.
    case errorFunction(ONNXReference, offset: Float, factor: Float)
    /// `factor · x · (erf(x / √2) + 1)`: GELU where the factor is ½.
    case gelu(ONNXReference, factor: Float)
    /// `x − mean(x)` over axes of the network.
    case centered(ONNXReference, [Int])
    /// `(x − mean(x))²`.
    case squared(ONNXReference, [Int])
    /// `mean((x − mean(x))²) + ε`.
    case variance(ONNXReference, [Int], epsilon: Float)
    /// The square root of that, or its reciprocal.
    case deviation(ONNXReference, [Int], epsilon: Float, isInverse: Bool)
    /// `x > threshold`, as softplus asks.
    case comparison(ONNXReference)
  }

  let kind: Kind
  /// The operator that began it, for messages.
  let origin: String
}
