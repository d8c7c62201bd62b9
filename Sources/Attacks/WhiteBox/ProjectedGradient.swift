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

  /// The loss.
  public var ascendedLoss: Loss? { loss }

  /// Every step is made on every example.
  public var withoutEarlyStop: ProjectedGradient {
    var attack = self
    attack.earlyStop = false
    return attack
  }

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
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    try task.strongest(of: restarts, earlyStop: earlyStop, loss: loss, model: model) { part, restart in
      try run(part, model: model, restart: restart)
    }
  }

  /// A query is left for the look at the last points where there are several runs, and one where a broken example is
  /// confirmed.
  private func run(_ task: AttackTask, model: AttackedModel, restart: Int) throws -> Tensor<Float> {
    var active = ActivePoints(task, points: start(task, restart: restart))
    let size = stepSize(for: task.threat)
    let queries = 1 + (restarts > 1 ? 1 : 0) + (model.pullbackLogitsAreExact ? 0 : 1)
    for _ in 0..<max(0, steps) {
      active.retireUnaffordable(queries, model: model.queried)
      guard !active.isEmpty else { break }
      var (logits, gradient) = try active.task.gradient(at: active.points, of: loss, model: model)
      if earlyStop {
        let reached = active.task.goal.isReached(by: logits)
        let broken = try active.task.confirmed(reached, at: active.points, model: model)
        if let open = active.retire(where: broken) { gradient = gradient.gathering(open) }
      }
      task.threat.ascend(&active.points, along: gradient, stepSize: size, around: active.task.images)
    }
    return active.finished()
  }

  private func start(_ task: AttackTask, restart: Int) -> Tensor<Float> {
    guard randomStart || restart > 0 else { return task.images }
    return task.threat.randomStart(around: task.images, ids: task.ids, restart: restart, source: task.random)
  }
}
