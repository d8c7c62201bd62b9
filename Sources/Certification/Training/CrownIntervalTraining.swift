public import Hyperparameters
public import Networks
public import Training

/// Training by CROWN-IBP: cross-entropy of the images, and of the worst logits that backward bounds allow, whose inner
/// bounds are intervals; as the radius rises, intervals take the place of the backward bounds.
///
///     L = κ · CE(z(x), y) + (1 − κ) · CE(−m, y),   m = β · m(CROWN-IBP) + (1 − β) · m(IBP)
///     κ from 1 to `final-kappa`, β from 1 to `final-beta` as the radius rises
///
/// Zhang, Chen, Xiao, Gowal, Stanforth, Li, Boning and Hsieh, *Towards stable and efficient training of verifiably robust
/// neural networks*, arXiv 1906.06316. With the default final β of 0 intervals alone certify the network that results. A
/// pass with backward bounds takes several times as long as one without.
public struct CrownIntervalTraining: IntervalTraining {
  /// Name, title and source.
  public static let method = Method(
    name: "crown-ibp", title: "CROWN with interval bounds",
    summary: "Backward bounds at first, interval bounds at the full radius: steadier than intervals alone.",
    citation: "Zhang et al., arXiv 1906.06316")

  /// The radius and how it rises.
  public var ramp = RadiusRamp()
  /// κ at the full radius.
  public var finalKappa: Float = 0.5
  /// β at the full radius.
  public var finalBeta: Float = 0
  /// The weights of a new network.
  public var initializer = Initializer.intervalBounds
  /// Threads; those of the passes are the model's own.
  public var workers = Workers(count: 1)

  /// All of them.
  public static let hyperparameters: [Hyperparameter<CrownIntervalTraining>] =
    RadiusRamp.hyperparameters.lifted(to: \.ramp) + [
      .finalKappa(\.finalKappa),
      .number(
        "final-beta", \.finalBeta, .from(0, to: 1),
        "The share of backward bounds at the full radius; that of intervals is the rest."),
      .initializer(\.initializer),
    ]

  /// The defaults.
  public init() {}

  /// Creates a method.
  public init(
    _ ramp: RadiusRamp, finalKappa: Float = CrownIntervalTraining().finalKappa,
    finalBeta: Float = CrownIntervalTraining().finalBeta
  ) {
    (self.ramp, self.finalKappa, self.finalBeta) = (ramp, finalKappa, finalBeta)
  }

  /// Backward bounds while β is above 0.
  public func detail(share: Float) -> BoundDetail { beta(share) > 0 ? .backward : .margins }

  /// A pass of intervals, and while β is above 0 one of backward bounds for every class.
  public func pass(
    through model: some TrainableClassifier, bounds: IntervalModel, over batch: Minibatch, share: Float
  ) throws -> ObjectivePass {
    try bounds.pass(
      at: model.parameters, over: batch, radius: threat.radius * share,
      loss: IntervalLoss(worst: (1 - finalKappa) * share), regularization: ramp.regularization(share: share),
      backwardShare: beta(share))
  }

  /// β
  private func beta(_ share: Float) -> Float { 1 - (1 - finalBeta) * share }
}
