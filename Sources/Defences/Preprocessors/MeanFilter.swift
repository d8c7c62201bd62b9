public import Networks

/// The mean of a square window, borders mirrored: `scipy.ndimage.uniform_filter` with its mode "reflect".
///
/// An even window reaches one pixel farther up and left.
public struct MeanFilter: Preprocessor {
  /// `mean`.
  public static let name = "mean"

  /// The side of the window.
  public var size: Int

  /// Creates a filter.
  public init(size: Int = 3) {
    self.size = size
  }

  /// `mean:size=3`.
  public var description: String { "\(Self.name):size=\(size)" }

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
