public import Hyperparameters
public import Networks

/// Steepest ascent of the loss, each step projected back onto ball and box.
///
///     x₀ uniform in the ball;  x ← P(x + α · step(∇L(x)))
///
/// Madry, Makelov, Schmidt, Tsipras and Vladu, *Towards deep learning models resistant to adversarial attacks*,
/// arXiv 1706.06083. Radius and step size are in stored pixel units. The projection is the exact one onto ball and box
/// together, and the L1 step moves single coordinates; common libraries rescale and clip, and spread the step.
///
/// An example broken by any restart stays broken; of one that no restart breaks the final point with the largest loss
/// is returned. The last point counts as every other.
public struct ProjectedGradient: Attack {
  /// Name, title and source.
  public static let method = Method(
    name: "pgd", title: "Projected gradient descent",
    summary: "Steps along the gradient, each projected back onto ball and box.",
    citation: "Madry, Makelov, Schmidt, Tsipras and Vladu, arXiv 1706.06083")
  /// Those with a steepest step.
  public static let norms: [Norm] = [.linf, .l2, .l1]

  /// The number of steps; 40 as for MNIST in the paper and in Foolbox.
  public var steps = 40
  /// The size of a step, or nothing for a default that depends on norm, radius and steps; see `stepSize(for:)`.
  public var stepSize: Float?
  /// Whether the first run starts at a random point of the ball rather than at the image. Later ones always do.
  public var randomStart = true
  /// The number of runs.
  public var restarts = 1
  /// Whether an example leaves with its first adversarial point. If not, every run makes all steps on all examples and
  /// yields its last point, as in most other libraries.
  public var earlyStop = true
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<ProjectedGradient>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps."),
    .number("step-size", \.stepSize, .above(0), unit: "pixels", standard: "2.5 eps/steps", "The length of a step."),
    .integer(
      "restarts", \.restarts, in: 1...1_000_000, "Runs from new random starts; the best for every example is kept."),
    .flag("random-start", \.randomStart, "Begin at a random point of the ball."),
    .flag("early-stop", \.earlyStop, "An example that is broken leaves the batch with its first adversarial iterate."),
    .loss(\.loss),
  ]

  /// The title, with a loss that is not cross-entropy.
  public var title: String { title(with: loss) }

  /// A gradient for each step, and a look at the end of each of several runs.
  public var passesPerExample: Double { (2 * Double(steps) + (restarts > 1 ? 1 : 0)) * Double(restarts) }

  /// 40 steps from a random start.
  public init() {}

  /// Creates an attack.
  public init(
    steps: Int = ProjectedGradient().steps, stepSize: Float? = nil,
    randomStart: Bool = ProjectedGradient().randomStart, restarts: Int = ProjectedGradient().restarts,
    earlyStop: Bool = ProjectedGradient().earlyStop, loss: Loss = ProjectedGradient().loss
  ) {
    self.steps = steps
    self.stepSize = stepSize
    self.randomStart = randomStart
    self.restarts = restarts
    self.earlyStop = earlyStop
    self.loss = loss
  }

  /// The size of a step.
  ///
  /// By default 2.5 ε over the number of steps, in every norm: the rule of the paper's authors (MadryLab/robustness), which
  /// lets every point of the ball reach every other. Foolbox' default for L∞, 40 steps of ε/30, does not: on a nearly
  /// linear model it may, from a random start, fall short of one step of FGSM, and on the digits that ship with the lab it
  /// leaves 8 points more of robust accuracy standing. It is asked for by a step size of ε/30.
  public func stepSize(for threat: ThreatModel) -> Float {
    stepSize ?? threat.radius / Float(max(steps, 1)) * 2.5
  }

  /// The step size filled in, but in a ball without extent, where there is nothing to fill in.
  public func resolved(for threat: ThreatModel) -> ProjectedGradient {
    var attack = self
    if threat.radius > 0 { attack.stepSize = stepSize(for: threat) }
    return attack
  }

  /// Checks norm and hyper-parameters.
  public func validate(threat: ThreatModel, classCount: Int) throws {
    try check(threat)
    try require(loss, classCount: classCount)
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(
    _ images: Tensor<Float>, ids: [Int], goal: Goal, threat: ThreatModel, model: any DifferentiableClassifier,
    random: RandomSource
  ) throws -> Tensor<Float> {
    let batch = AttackBatch(images: images, ids: ids, goal: goal)
    var best = StrongestPoints(images)
    for restart in 0..<max(1, restarts) {
      let open = earlyStop ? best.unbroken : Array(ids.indices)
      guard !open.isEmpty else { break }
      let part = batch.gathering(open)
      let points = try run(part, threat: threat, model: model, restart: restart, random: random)
      guard restarts > 1 else { return points }
      let logits = try part.logits(of: points, model: model)
      best.enter(points, logits: logits, loss: loss, goal: part.goal, rows: open)
    }
    return best.points
  }

  private func run(
    _ batch: AttackBatch, threat: ThreatModel, model: any DifferentiableClassifier, restart: Int, random: RandomSource
  ) throws -> Tensor<Float> {
    var active = ActivePoints(batch, points: start(batch, threat: threat, restart: restart, random: random))
    let size = stepSize(for: threat)
    for _ in 0..<max(0, steps) where !active.isEmpty {
      var (logits, gradient) = try active.batch.gradient(at: active.points, of: loss, model: model)
      if earlyStop {
        let reached = active.batch.goal.isReached(by: logits)
        let broken = try active.batch.confirmed(reached, at: active.points, model: model)
        gradient = active.retire(where: broken, carrying: gradient)
      }
      threat.ascend(&active.points, along: gradient, stepSize: size, around: active.batch.images)
    }
    return active.finished()
  }

  private func start(_ batch: AttackBatch, threat: ThreatModel, restart: Int, random: RandomSource) -> Tensor<Float> {
    guard randomStart || restart > 0 else { return batch.images }
    return threat.randomStart(around: batch.images, ids: batch.ids, restart: restart, source: random)
  }
}
