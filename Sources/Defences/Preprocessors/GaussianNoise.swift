public import Networks

/// Normal noise added to every pixel; pixels may leave their range.
///
/// The attack on it averages gradients over draws (expectation over transformation); each of them is exact.
public struct GaussianNoise: Preprocessor {
  /// `noise`.
  public static let name = "noise"

  /// The standard deviation, in stored pixel units.
  public var sigma: Float

  /// Creates the noise.
  public init(sigma: Float = 0.1) {
    self.sigma = sigma
  }

  /// `noise:sigma=0.1`.
  public var description: String { "\(Self.name):sigma=\(sigma)" }

  /// A shift.
  public var derivative: DerivativeKind { .exact }

  /// It is what it is for.
  public var isRandomized: Bool { true }

  /// The noisy images.
  public func apply(_ images: Tensor<Float>, draw: Draw) -> Tensor<Float> {
    images.mappingExamples { image, result in
      var stream = draw.stream(for: image)
      for i in image.indices { result[i] = image[i] + sigma * stream.normal() }
    }
  }

  /// The identity, which is the derivative.
  public func pullback(_ cotangent: Tensor<Float>, at images: Tensor<Float>, draw: Draw) -> Tensor<Float> { cotangent }
}
