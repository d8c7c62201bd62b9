/// An element-wise function without parameters.
public enum Activation: Hashable, Sendable, Codable {
  /// `max(x, 0)`; derivative 0 at 0.
  case relu
  /// `min(max(x, 0), 6)`.
  case relu6
  /// `x` where positive, else `slope · x`.
  case leakyReLU(slope: Float)
  /// `x` where positive, else `alpha · (exp(x) − 1)`.
  case elu(alpha: Float)
  /// Scaled ELU with the constants of Klambauer et al., arXiv 1706.02515.
  case selu
  /// `x · Φ(x)`, exactly or with the tanh approximation; Hendrycks and Gimpel, arXiv 1606.08415.
  case gelu(approximate: Bool)
  /// `x · sigmoid(x)`, also called swish.
  case silu
  /// `x · relu6(x + 3) / 6`.
  case hardSwish
  /// `1 / (1 + exp(−x))`.
  case sigmoid
  /// `x / 6 + 1/2` clipped to [0, 1] (PyTorch, Keras 3), or with slope 0.2 (Keras 2).
  case hardSigmoid(slope: Float)
  /// Hyperbolic tangent.
  case tanh
  /// `log(1 + exp(x))`.
  case softplus

  /// SELU's scale λ.
  public static let seluScale = 1.0507009873554804934193349852946
  /// SELU's α.
  public static let seluAlpha = 1.6732632423543772848170429916717
}
