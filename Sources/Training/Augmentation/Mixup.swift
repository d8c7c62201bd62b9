public import Hyperparameters
public import Networks

/// λ · image + (1 − λ) · another image of the training set, λ from Beta(alpha, alpha), and the same of their losses (Zhang
/// et al., arXiv 1710.09412, who draw one λ per batch and mix within it).
public struct Mixup: Augmentation {
  /// Name, title and source.
  public static let method = Method(
    name: "mixup", title: "Mixup", summary: "Mixes each image with another one, and their losses.",
    citation: "Zhang, Cissé, Dauphin and Lopez-Paz, arXiv 1710.09412")
  /// False: it works on vectors, too.
  public static let needsAxes = false

  /// The parameter of the Beta distribution of shares.
  public var alpha: Float = 1

  /// All of them.
  public static let hyperparameters: [Hyperparameter<Mixup>] = [
    .number("alpha", \.alpha, .above(0, to: 4), "The parameter of the Beta distribution of shares.")
  ]

  /// The defaults.
  public init() {}

  /// Creates an augmentation.
  public init(alpha: Float) {
    self.alpha = alpha
  }

  /// Does nothing: mixing needs another image, see `AugmentedImages`.
  public func apply(to image: UnsafeMutableBufferPointer<Float>, shape: Shape, stream: inout RandomStream) {}
}
