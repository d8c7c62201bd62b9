public import Hyperparameters
public import Networks

/// Adam along a gradient that is estimated from the loss on both sides of random corners:
///
///     g = 1/n Σ (L(x + δv) − L(x − δv)) / 2δ · v,  v of {−1, 1}ᵈ;  x ← P(x + Adam(g))
///
/// Uesato, O'Donoghue, van den Oord and Kohli, *Adversarial risk and the dangers of evaluating against weak attacks*,
/// arXiv 1802.05666, after Spall's simultaneous perturbation stochastic approximation. Radius, δ and learning rate are in
/// stored pixel units. `directions` counts pairs, as in torchattacks, whose defaults these are but for the steps: 1 there,
/// which moves no pixel by more than the learning rate. CleverHans counts points, two for each pair.
///
/// After each step one query looks at the point itself; an example leaves with the first that is adversarial.
public struct SimultaneousPerturbation: BlackBoxAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "spsa", title: "SPSA", summary: "Adam along a gradient estimated from random corners.",
    citation: "Uesato, O'Donoghue, van den Oord and Kohli, arXiv 1802.05666")
  /// That of the paper.
  public static let norms: [Norm] = [.linf]

  /// The number of steps, each of 2 · `directions` + 1 queries; 100 as in the paper.
  public var steps = 100
  /// The pairs of points of an estimate.
  public var directions = 128
  /// How far the points of a pair are from the middle.
  public var delta: Float = 0.01
  /// The learning rate of Adam.
  public var learningRate: Float = 0.01
  /// What is ascended.
  public var loss: Loss = .margin

  /// All of them.
  public static let hyperparameters: [Hyperparameter<SimultaneousPerturbation>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps."),
    .integer("directions", \.directions, in: 1...1_000_000, "Pairs of points of an estimate, two queries each."),
    .number("delta", \.delta, .above(0), unit: "pixels", "How far the points of a pair are from the middle."),
    .number("learning-rate", \.learningRate, .above(0), unit: "pixels", "The learning rate of Adam."), .loss(\.loss),
  ]

  /// What the estimates are of.
  public var ascendedLoss: Loss? { loss }

  /// An estimate and a look for each step.
  public var passesPerExample: Double { Double(steps) * Double(2 * directions + 1) }

  /// 100 steps of 128 pairs.
  public init() {}

  /// Creates an attack.
  public init(
    steps: Int, directions: Int = SimultaneousPerturbation().directions,
    delta: Float = SimultaneousPerturbation().delta, learningRate: Float = SimultaneousPerturbation().learningRate,
    loss: Loss = SimultaneousPerturbation().loss
  ) {
    self.steps = steps
    self.directions = directions
    self.delta = delta
    self.learningRate = learningRate
    self.loss = loss
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: QueriedModel) throws -> Tensor<Float> {
    guard task.threat.radius > 0 else { return task.images }
    let gradient = SampledGradient(direction: .signs, samples: directions, distance: delta, loss: loss)
    var active = ActivePoints(task, points: task.images)
    var moments = Moments(shape: task.images.shape)
    for step in 0..<steps {
      if let open = active.retireUnaffordable(gradient.queries + 1, model: model) {
        moments = moments.gathering(open)
      }
      guard !active.isEmpty else { break }
      let slopes = try gradient.estimate(at: active.points, of: active.task, step: step, model: model)
      moments.step(&active.points, along: slopes, size: Double(learningRate), number: step + 1)
      task.threat.project(&active.points, around: active.task.images)
      let seen = try active.task.samples(of: active.points, loss: loss, model: model)
      if let open = active.retire(where: seen.isReached) { moments = moments.gathering(open) }
    }
    return active.finished()
  }
}
