public import Hyperparameters
public import Networks
public import Training

/// A convex combination of the loss at an adversarial image and the bound of the loss by intervals: from adversarial
/// training to training by bounds with one number.
///
///     L = (1 − α) · CE(z(x'), y) + α · CE(worst z in the ball, y),   x' by ascent in the ball
///
/// De Palma, Bunel, Dvijotham, Kumar, Stanforth and Lomuscio, *Expressive losses for verified robustness via convex
/// combinations*, arXiv 2305.13991.
public struct MixedBoundTraining: IntervalTraining {
  /// Name, title and source.
  public static let method = Method(
    name: "mtl-ibp", title: "Adversarial and interval losses combined",
    summary: "The loss at an adversarial image and its interval bound, weighted.",
    citation: "De Palma et al., arXiv 2305.13991")

  /// The radius and how it rises.
  public var ramp = RadiusRamp()
  /// α, the weight of the bound.
  public var alpha: Float = 0.02
  /// The steps of the search.
  public var steps = 8
  /// The weights of a new network.
  public var initializer = Initializer.intervalBounds
  /// Threads of the search.
  public var workers = Workers(count: 1)

  /// All of them.
  public static let hyperparameters: [Hyperparameter<MixedBoundTraining>] =
    RadiusRamp.hyperparameters.lifted(to: \.ramp) + [
      .number("alpha", \.alpha, .from(0, to: 1), "The weight of the bound; that of the adversarial image is the rest."),
      .steps(\.steps), .initializer(\.initializer),
    ]

  /// The defaults.
  public init() {}

  /// Creates a method.
  public init(_ ramp: RadiusRamp, alpha: Float = MixedBoundTraining().alpha) {
    (self.ramp, self.alpha) = (ramp, alpha)
  }

  /// The search, a pass at the points that it found, and a pass of bounds. An image counts as correct where the bounds
  /// prove it.
  public func pass(
    through model: some TrainableClassifier, bounds: IntervalModel, over batch: Minibatch, share: Float
  ) throws -> ObjectivePass {
    let ball = ThreatModel(norm: .linf, radius: threat.radius * share, bounds: threat.bounds)
    let points = try SignAscent(steps: steps, threat: ball, workers: workers).points(for: batch, model: model)
    let adversarial = try StandardObjective().pass(through: model, over: batch.replacingImages(points))
    var pass = try bounds.pass(
      at: model.parameters, over: batch, radius: ball.radius,
      loss: IntervalLoss(cleanWeight: 0, worstWeight: alpha), regularization: ramp.regularization(share: share))
    pass.lossSum += Double(1 - alpha) * adversarial.lossSum
    for (key, gradient) in adversarial.gradients.tensors {
      pass.gradients.tensors[key] = pass.gradients.tensors[key]?.adding(gradient, times: 1 - alpha)
    }
    return pass
  }
}
