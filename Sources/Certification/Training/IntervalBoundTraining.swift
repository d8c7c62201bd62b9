public import Hyperparameters
public import Networks
public import Training

/// Training by interval bound propagation: cross-entropy of the images, and of the worst logits that interval bounds
/// allow in the box around them.
///
///     L = κ · CE(z(x), y) + (1 − κ) · CE(worst z in the box, y),   κ from 1 to `final-kappa` as the radius rises
///
/// Gowal et al., arXiv 1810.12715; with smooth ramp and initial weights of Shi et al., arXiv 2103.17268. A radius larger
/// than the one to be certified helps: the authors train with 0.2 for 0.1, and with 0.4 for 0.2 to 0.4. While the bounds
/// are those of training, in single precision, they certify nothing.
public struct IntervalBoundTraining: IntervalTraining {
  /// Name, title and source.
  public static let method = Method(
    name: "ibp", title: "Interval bound propagation",
    summary: "The worst logits that interval bounds allow: a network that bounds can certify.",
    citation: "Gowal et al., arXiv 1810.12715")

  /// The radius and how it rises.
  public var ramp = RadiusRamp()
  /// κ at the full radius.
  public var finalKappa: Float = 0.5
  /// The weights of a new network.
  public var initializer = Initializer.intervalBounds
  /// Threads; those of the passes are the model's own.
  public var workers = Workers(count: 1)

  /// All of them.
  public static let hyperparameters: [Hyperparameter<IntervalBoundTraining>] =
    RadiusRamp.hyperparameters.lifted(to: \.ramp) + [
      .finalKappa(\.finalKappa),
      .initializer(\.initializer),
    ]

  /// The defaults.
  public init() {}

  /// Creates a method.
  public init(_ ramp: RadiusRamp, finalKappa: Float = IntervalBoundTraining().finalKappa) {
    (self.ramp, self.finalKappa) = (ramp, finalKappa)
  }

  /// One pass of logits and bounds together.
  public func pass(
    through model: some TrainableClassifier, bounds: IntervalModel, over batch: Minibatch, share: Float
  ) throws -> ObjectivePass {
    try bounds.pass(
      at: model.parameters, over: batch, radius: threat.radius * share,
      loss: IntervalLoss(worst: (1 - finalKappa) * share), regularization: ramp.regularization(share: share))
  }
}

extension Hyperparameter {
  /// κ at the full radius.
  static func finalKappa(_ path: any WritableKeyPath<Owner, Float> & Sendable) -> Hyperparameter {
    .number(
      "final-kappa", path, .from(0, to: 1),
      "The weight of the images themselves at the full radius; that of the bounds is the rest.")
  }
}
