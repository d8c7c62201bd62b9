public import Hyperparameters
public import Networks
public import Training

/// Plain training on images with normal noise, for randomised smoothing; Cohen, Rosenfeld and Kolter, arXiv 1902.02918.
public struct GaussianNoiseTraining: TrainingDefence {
  /// Name, title and source.
  public static let method = Method(
    name: "gaussian", title: "Gaussian noise", summary: "Normal noise on every image, for randomised smoothing.",
    citation: "Cohen, Rosenfeld and Kolter, arXiv 1902.02918")

  /// The deviation of the noise.
  public var sigma: Float = 0.25
  /// The loss that the weights minimise.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<GaussianNoiseTraining>] = [
    .number("sigma", \.sigma, .above(0), unit: "pixels", "The deviation of the noise, in stored pixel units."),
    .labelSmoothing(\.loss),
  ]

  /// The defaults.
  public init() {}

  /// The noise.
  public var augmentations: [any Augmentation] { [PixelNoise(deviation: sigma)] }

  /// The deviation is in pixel units.
  public mutating func scale(toPixelsOfWidth width: Float) { sigma *= width }

  /// The plain loss.
  public func makeObjective(
    bounds: ClosedRange<Float>, sources: [any DifferentiableClassifier], workers: Workers
  ) -> any TrainingObjective { StandardObjective(loss: loss) }
}
