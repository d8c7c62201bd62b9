package import Hyperparameters
public import Networks

/// The threat model trained against; its radius may rise over the first epochs (a curriculum).
public struct TrainingThreat: Hashable, Sendable {
  /// How perturbations are measured.
  public var norm = Norm.linf
  /// The radius ε, in stored pixel units.
  public var radius: Float = 0.3
  /// The number of epochs in which the radius rises linearly from 0; 0 for the full radius from the start.
  public var rampEpochs = 0.0
  /// The values a pixel may have.
  public var bounds = PixelBox(0...1)

  /// Norm and radius.
  package static let ball: [Hyperparameter<TrainingThreat>] = [
    .choice("norm", \.norm, of: [Norm.linf, .l2, .l1].map(\.rawValue), "The norm of the ball."),
    .number("eps", \.radius, .above(0), unit: "pixels", "The radius, in stored pixel units: 0.3, 8/255."),
  ]

  /// All of them.
  package static let hyperparameters: [Hyperparameter<TrainingThreat>] =
    ball + [
      .number(
        "ramp-epochs", \.rampEpochs, .from(0, to: 1_000_000), unit: "epochs",
        "The number of epochs in which the radius rises from 0.")
    ]

  /// L∞ with the radius of MNIST.
  public init() {}

  /// Creates a threat.
  public init(_ model: ThreatModel, rampEpochs: Double = TrainingThreat().rampEpochs) {
    (norm, radius, bounds) = (model.norm, model.radius, model.bounds)
    self.rampEpochs = rampEpochs
  }

  /// Creates a threat in L∞ for pixels from 0 to 1.
  public init(radius: Float, rampEpochs: Double = TrainingThreat().rampEpochs) {
    self.radius = radius
    self.rampEpochs = rampEpochs
  }

  /// Norm, radius and box.
  public var model: ThreatModel { ThreatModel(norm: norm, radius: radius, bounds: bounds) }

  /// The share of the radius that is reached after some epochs.
  public func share(atEpoch epoch: Double) -> Float {
    rampEpochs > 0 ? Float(min(max(epoch / rampEpochs, 0), 1)) : 1
  }

  /// The threat model after some epochs.
  public func model(atEpoch epoch: Double) -> ThreatModel {
    ThreatModel(norm: norm, radius: radius * share(atEpoch: epoch), bounds: bounds)
  }
}
