import Foundation
public import Hyperparameters
public import Training

/// How the radius of certified training rises: none while the network warms up, then over some epochs to its full size.
/// Until then regularisers can keep bounds from growing.
public struct RadiusRamp: Hashable, Sendable {
  /// The shape of the rise.
  public enum Shape: String, CaseIterable, HyperparameterType, Sendable {
    /// In proportion to time; Gowal et al.
    case linear
    /// With the fourth power of time over the first quarter, then linear with the slope reached; Zhang et al.'s and Shi
    /// et al.'s. A quarter of the time brings 7.7 % of the radius.
    case smooth
  }

  /// L∞ with the full radius; its ramp is the length of the rise in epochs.
  public var threat = TrainingThreat(radius: 0.3, rampEpochs: 20)
  /// The number of epochs before it, in which images as they are are learnt.
  public var warmUpEpochs = 1.0
  /// The shape of the rise.
  public var shape = Shape.smooth
  /// λ, the weight of Shi et al.'s regularisers (`BoundRegularizer`) in the warm-up; it falls as the radius rises, to 0.
  /// They use 0.5.
  public var regularization: Float = 0

  /// Radius 0.3, rising smoothly over 20 epochs after the first one.
  public init() {}

  /// Creates a ramp.
  public init(
    radius: Float, rampEpochs: Double, warmUpEpochs: Double = 1, shape: Shape = .smooth, regularization: Float = 0
  ) {
    threat = TrainingThreat(radius: radius, rampEpochs: rampEpochs)
    (self.warmUpEpochs, self.shape, self.regularization) = (warmUpEpochs, shape, regularization)
  }

  /// All of them.
  static let hyperparameters: [Hyperparameter<RadiusRamp>] =
    TrainingThreat.hyperparameters.filter { $0.name != "norm" }.lifted(to: \.threat) + [
      .number(
        "warm-up-epochs", \.warmUpEpochs, .from(0, to: 1_000_000), unit: "epochs",
        "The number of epochs of plain training before the radius rises."),
      .choice(
        "ramp", \.shape, of: Shape.allCases.map(\.rawValue),
        "How the radius rises: in proportion to time, or slowly at first."),
      .number(
        "regularization", \.regularization, .from(0, to: 1000),
        "The weight of regularisers that keep bounds tight and ReLUs on until the radius is reached; 0 for none."),
    ]

  /// The share of the radius that is reached after some epochs.
  public func share(atEpoch epoch: Double) -> Float {
    guard epoch >= warmUpEpochs else { return 0 }
    let time = threat.share(atEpoch: epoch - warmUpEpochs)
    switch shape {
    case .linear: return time
    case .smooth: return Self.smooth(time)
    }
  }

  /// λ (1 − share)
  func regularization(share: Float) -> Float { regularization * (1 - share) }

  /// The share of the radius at which bounds are regularised while it is 0: small, as the regularisers compare widths,
  /// and far above rounding.
  static let leastShare: Float = 1e-3

  /// For a run that is longer by a factor.
  mutating func stretch(by factor: Double) {
    threat.rampEpochs *= factor
    warmUpEpochs *= factor
  }

  /// a tᵝ up to t = m, then the tangent there, which reaches 1 at t = 1.
  private static func smooth(_ time: Float) -> Float {
    let (power, middle): (Float, Float) = (4, 0.25)
    guard time < 1 else { return 1 }
    let reached = middle / ((1 - middle) * power + middle)
    guard time >= middle else { return reached * pow(time / middle, power) }
    return reached + (1 - reached) * (time - middle) / (1 - middle)
  }
}
