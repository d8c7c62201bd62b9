import Glibc
public import Hyperparameters
public import Networks

/// PGD on the difference of two probabilities, after a first half on one of them alone, PMA:
///
///     first half    −p_y in even runs, max_{j≠y} p_j in odd ones
///     second half   max_{j≠y} p_j − p_y
///     step size     ε (1 + cos(π k / K)) in each half, k its step of K: from 2 ε down to 0
///
/// from uniform points of the ball. The single probabilities are ascended by their logarithms, whose gradients have the
/// same direction and do not vanish where the model is sure. Xie, Zheng, Huang, Ye and Ma, *Towards million-scale
/// adversarial robustness evaluation with stronger individual attacks*, arXiv 2411.15210; two runs of 100 steps as in the
/// authors' code, without its first step, which goes towards the label. Towards a target y is the target and all signs
/// are reversed. The radius is in stored pixel units.
public struct ProbabilityMarginAttack: Attack {
  /// Name, title and source.
  public static let method = Method(
    name: "pma", title: "Probability margin attack",
    summary: "PGD on a difference of probabilities, first on one of them alone.",
    citation: "Xie, Zheng, Huang, Ye and Ma, arXiv 2411.15210")
  /// L∞ as in the paper, and those in which its step makes sense.
  public static let norms: [Norm] = [.linf, .l2]

  /// The number of steps of a run.
  public var steps = 100
  /// The number of runs, which alternate.
  public var restarts = 2
  /// Whether an example leaves with its first adversarial point.
  public var earlyStop = true

  /// All of them.
  public static let hyperparameters: [Hyperparameter<ProbabilityMarginAttack>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps of a run."),
    .integer("restarts", \.restarts, in: 1...1_000_000, "Runs, on one probability and the other in turn at first."),
    .flag("early-stop", \.earlyStop, "An example that is broken leaves the batch with its first adversarial iterate."),
  ]

  /// The loss of the second half.
  public var ascendedLoss: Loss? { .probabilityMargin }

  /// Every step is made on every example.
  public var withoutEarlyStop: ProbabilityMarginAttack {
    var attack = self
    attack.earlyStop = false
    return attack
  }

  /// A gradient for each step, and a look at the end of each of several runs.
  public var passesPerExample: Double { (2 * Double(steps) + (restarts > 1 ? 1 : 0)) * Double(restarts) }

  /// Two runs of 100 steps.
  public init() {}

  /// Creates an attack.
  public init(steps: Int, restarts: Int = ProbabilityMarginAttack().restarts) {
    (self.steps, self.restarts) = (steps, restarts)
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    try task.strongest(of: restarts, earlyStop: earlyStop, loss: .probabilityMargin, model: model) { part, number in
      let start = part.threat.randomStart(around: part.images, ids: part.ids, restart: number, source: part.random)
      return try run(part, from: start, number: number, model: model)
    }
  }

  /// The size of a step, in radii.
  func stepSize(_ step: Int) -> Float {
    let half = steps / 2
    let (place, count) = step < half ? (step, half) : (step - half, steps - half)
    return 1 + Float(cos(Double.pi * Double(place) / Double(count)))
  }

  /// The run of a number from a given start.
  package func run(
    _ task: AttackTask, from start: Tensor<Float>, number: Int, model: AttackedModel
  ) throws -> Tensor<Float> {
    var active = ActivePoints(task, points: start)
    let queries = 1 + (restarts > 1 ? 1 : 0) + (model.pullbackLogitsAreExact ? 0 : 1)
    for step in 0..<max(0, steps) {
      active.retireUnaffordable(queries, model: model.queried)
      guard !active.isEmpty else { break }
      let objective = objective(step, number: number, goal: active.task.goal)
      var (logits, gradient) = try model.pullback(at: active.points, for: active.task.ids, cotangent: objective)
      if earlyStop {
        let reached = active.task.goal.isReached(by: logits)
        let broken = try active.task.confirmed(reached, at: active.points, model: model)
        if let open = active.retire(where: broken) { gradient = gradient.gathering(open) }
      }
      let size = task.threat.radius * stepSize(step)
      task.threat.ascend(&active.points, along: gradient, stepSize: size, around: active.task.images)
    }
    return active.finished()
  }

  private func objective(_ step: Int, number: Int, goal: Goal) -> LogitCotangent {
    if step >= steps / 2 { return { goal.objective(.probabilityMargin, of: $0, rows: $1).gradient } }
    if number.isMultiple(of: 2) { return { goal.objective(.crossEntropy, of: $0, rows: $1).gradient } }
    return { logits, rows in
      let others = strongestOthers(logits, than: Array(goal.classes[rows]))
      // Towards another class, away from the label; away from it, towards the target.
      let raised: Goal = goal.isTargeted ? .misclassify(labels: others) : .classify(as: others)
      return raised.objective(.crossEntropy, of: logits, rows: 0..<rows.count).gradient
    }
  }
}

/// The class with the largest logit of each example but one.
private func strongestOthers(_ logits: Tensor<Float>, than classes: [Int]) -> [Int] {
  var others = logits
  others.withUnsafeMutableScalars { others in
    for (row, label) in classes.enumerated() { others[row * logits.exampleSize + label] = -.infinity }
  }
  return zip(others.argmax(), classes).map { $0 == $1 ? ($1 == 0 ? 1 : 0) : $0 }
}
