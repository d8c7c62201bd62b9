public import Hyperparameters
public import Networks

/// Normal noise added to every pixel; pixels may leave their range.
///
/// The adaptive attack averages gradients over draws (expectation over transformation); each of them is exact.
public struct GaussianNoise: PreprocessorMethod, Preprocessor {
  /// Name, title and source.
  public static let method = Method(
    name: "noise", title: "Gaussian noise",
    summary: "Normal noise added to every pixel.")

  /// The standard deviation, in stored pixel units.
  public var sigma: Float = 0.1

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<GaussianNoise>] = [
    .number("sigma", \.sigma, .from(0, to: 1e6), unit: "pixels", "The standard deviation.")
  ]

  /// The defaults.
  public init() {}

  /// Creates the noise.
  public init(sigma: Float) {
    self.sigma = sigma
  }

  /// A shift.
  public var derivative: DerivativeKind { .exact }

  /// Always.
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
