import Glibc
public import Hyperparameters
public import Networks

/// Convolution with a Gaussian cut off at four standard deviations, borders mirrored: `scipy.ndimage.gaussian_filter`
/// with its modes and defaults.
public struct GaussianFilter: PreprocessorMethod, Preprocessor {
  /// Name, title and source.
  public static let method = Method(
    name: "gaussian", title: "Gaussian filter",
    summary: "Convolution with a Gaussian.")

  /// The standard deviation in pixels.
  public var sigma: Float = 1

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<GaussianFilter>] = [
    .number("sigma", \.sigma, .from(0.01, to: 100), unit: "pixels of the image", "The standard deviation.")
  ]

  /// The defaults.
  public init() {}

  /// Creates a filter.
  public init(sigma: Float) {
    self.sigma = sigma
  }

  /// Linear.
  public var derivative: DerivativeKind { .exact }

  private var filter: SeparableFilter {
    let radius = Int(4 * sigma + 0.5)
    let powers = (-radius...radius).map { exp(-0.5 * Double($0 * $0) / Double(sigma * sigma)) }
    let sum = powers.reduce(0, +)
    return SeparableFilter(weights: powers.map { $0 / sum }, center: radius)
  }

  /// The filtered images.
  public func apply(_ images: Tensor<Float>, draw: Draw) throws -> Tensor<Float> {
    try filter.apply(images, for: Self.name)
  }

  /// The transpose.
  public func pullback(_ cotangent: Tensor<Float>, at images: Tensor<Float>, draw: Draw) throws -> Tensor<Float> {
    try filter.transposed(cotangent, for: Self.name)
  }
}
