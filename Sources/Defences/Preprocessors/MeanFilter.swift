public import Hyperparameters
public import Networks

/// The mean of a square window, borders mirrored: `scipy.ndimage.uniform_filter` with its mode "reflect".
///
/// An even window reaches one pixel farther up and left.
public struct MeanFilter: PreprocessorMethod, Preprocessor {
  /// Name, title and source.
  public static let method = Method(
    name: "mean", title: "Mean filter",
    summary: "The mean of a square window.")

  /// The side of the window.
  public var size = 3

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<MeanFilter>] = [
    .integer("size", \.size, in: 1...99, unit: "pixels", "The side of the window.")
  ]

  /// The defaults.
  public init() {}

  /// Creates a filter.
  public init(size: Int) {
    self.size = size
  }

  /// Linear.
  public var derivative: DerivativeKind { .exact }

  private var filter: SeparableFilter {
    SeparableFilter(weights: Array(repeating: 1 / Double(size), count: size), center: size / 2)
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
