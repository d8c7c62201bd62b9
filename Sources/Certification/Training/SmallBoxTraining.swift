public import Hyperparameters
public import Networks
public import Training

/// Training by interval bounds of a small box within the ball, around a point of high loss.
///
///     L = CE(worst z in the box of radius λ ε around x', y),   x' by ascent within (1 − λ) ε of x
///
/// Müller, Eckert, Fischer and Vechev, *Certified training: small boxes are all you need*, arXiv 2210.04871. Bounds of
/// small boxes are tight, so the network loses less accuracy than by bounds of the whole ball; to certify it takes better
/// bounds than intervals, or branch and bound. With λ = 1 the box is the whole ball.
public struct SmallBoxTraining: IntervalTraining {
  /// Name, title and source.
  public static let method = Method(
    name: "sabr", title: "Small adversarial bounding regions",
    summary: "Interval bounds of a small box around an adversarial image.",
    citation: "Müller, Eckert, Fischer and Vechev, arXiv 2210.04871")

  /// The radius and how it rises.
  public var ramp = RadiusRamp()
  /// λ, the radius of the box over that of the ball.
  public var boxShare: Float = 0.4
  /// The steps of the search.
  public var steps = 8
  /// The weights of a new network.
  public var initializer = Initializer.intervalBounds
  /// Threads of the search.
  public var workers = Workers(count: 1)

  /// All of them.
  public static let hyperparameters: [Hyperparameter<SmallBoxTraining>] =
    RadiusRamp.hyperparameters.lifted(to: \.ramp) + [
      .number("lambda", \.boxShare, .above(0, to: 1), "The radius of the box over that of the ball."),
      .steps(\.steps), .initializer(\.initializer),
    ]

  /// The defaults.
  public init() {}

  /// Creates a method.
  public init(_ ramp: RadiusRamp, boxShare: Float = SmallBoxTraining().boxShare) {
    (self.ramp, self.boxShare) = (ramp, boxShare)
  }

  /// The search, and one pass of bounds around the points that it found.
  public func pass(
    through model: some TrainableClassifier, bounds: IntervalModel, over batch: Minibatch, share: Float
  ) throws -> ObjectivePass {
    let radius = threat.radius * share
    let room = ThreatModel(norm: .linf, radius: radius * (1 - boxShare), bounds: threat.bounds)
    let points = try SignAscent(steps: steps, threat: room, workers: workers).points(for: batch, model: model)
    return try bounds.pass(
      at: model.parameters, over: batch.replacingImages(points), radius: radius * boxShare,
      loss: IntervalLoss(worst: 1), regularization: ramp.regularization(share: share))
  }
}
