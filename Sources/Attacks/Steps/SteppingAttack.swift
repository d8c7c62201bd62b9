import Hyperparameters
import Networks

/// An attack that goes from a start along one direction after the other and stays within ball and box: PGD and those that
/// differ from it in start, direction or memory.
///
///     x ← P(x + α · step(direction))
///
/// The loop is written here once: restarts, query budget, early stop, and that memory leaves together with its example.
protocol SteppingAttack: Attack {
  /// What it steps along.
  associatedtype Direction: StepDirection

  /// The length of all steps together, in radii, where no step size is given.
  static var pathLength: Float { get }

  /// The number of steps.
  var steps: Int { get set }
  /// The size of a step, or nothing for one that follows from radius, steps and `pathLength`.
  var stepSize: Float? { get set }
  /// The number of runs.
  var restarts: Int { get }
  /// Whether an example leaves with its first adversarial point.
  var earlyStop: Bool { get set }
  /// What is ascended, and what ranks the ends of several runs none of which is adversarial.
  var loss: Loss { get }

  /// The gradients that a step takes.
  var gradientsPerStep: Int { get }
  /// The forward passes before the first step of a run.
  var passesBeforeSteps: Int { get }
  /// Whether the logits that come with a direction are those at the points. If not, whether an example is broken takes one
  /// more forward pass in every step.
  var seesPoints: Bool { get }

  /// Where a run begins.
  func start(of task: AttackTask, restart: Int) -> Tensor<Float>

  /// What a run steps along.
  func direction(of task: AttackTask, model: AttackedModel) throws -> Direction

  /// Moves points by a step and back into ball and box.
  func move(_ points: inout Tensor<Float>, along direction: Tensor<Float>, stepSize: Float, of task: AttackTask)
}

extension SteppingAttack {
  var restarts: Int { 1 }
  var gradientsPerStep: Int { 1 }
  var passesBeforeSteps: Int { 0 }
  var seesPoints: Bool { true }

  /// The image.
  func start(of task: AttackTask, restart: Int) -> Tensor<Float> { task.images }

  /// The steepest step of the norm.
  func move(_ points: inout Tensor<Float>, along direction: Tensor<Float>, stepSize: Float, of task: AttackTask) {
    task.threat.ascend(&points, along: direction, stepSize: stepSize, around: task.images)
  }

  /// The size of a step.
  func resolvedStepSize(for threat: ThreatModel) -> Float {
    stepSize ?? threat.radius / Float(max(steps, 1)) * Self.pathLength
  }

  /// The title, with a loss that is not cross-entropy.
  public var title: String { title(with: loss) }

  /// The loss.
  public var ascendedLoss: Loss? { loss }

  /// Every step is made on every example.
  public var withoutEarlyStop: Self {
    var attack = self
    attack.earlyStop = false
    return attack
  }

  /// The gradients of each step, the looks that early stopping takes, and one at the end of each of several runs.
  public var passesPerExample: Double {
    let perStep = 2 * Double(gradientsPerStep) + (earlyStop && !seesPoints ? 1 : 0)
    return (perStep * Double(steps) + Double(passesBeforeSteps) + (restarts > 1 ? 1 : 0)) * Double(restarts)
  }

  /// The step size filled in, but in a ball without extent, where there is nothing to fill in.
  public func resolved(for threat: ThreatModel) -> Self {
    var attack = self
    if threat.radius > 0 { attack.stepSize = resolvedStepSize(for: threat) }
    return attack
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    try task.strongest(of: restarts, earlyStop: earlyStop, loss: loss, model: model) { part, restart in
      try run(part, model: model, restart: restart)
    }
  }

  /// One run. A query is left for the look at the last points where there are several runs, and one where a broken example
  /// is confirmed.
  private func run(_ task: AttackTask, model: AttackedModel, restart: Int) throws -> Tensor<Float> {
    var active = ActivePoints(task, points: start(of: task, restart: restart))
    let size = resolvedStepSize(for: task.threat)
    let looksFirst = earlyStop && !seesPoints
    let queries =
      gradientsPerStep + (looksFirst ? 1 : 0) + (restarts > 1 ? 1 : 0) + (model.pullbackLogitsAreExact ? 0 : 1)
    if passesBeforeSteps > 0 { active.retireUnaffordable(passesBeforeSteps + queries, model: model.queried) }
    guard !active.isEmpty else { return active.finished() }
    var direction = try direction(of: active.task, model: model)
    for step in 0..<max(0, steps) {
      if let open = active.retireUnaffordable(queries, model: model.queried) { direction.keep(open) }
      if looksFirst, !active.isEmpty, let open = try retireBroken(&active, model: model) { direction.keep(open) }
      guard !active.isEmpty else { break }
      var (logits, along) = try direction.next(
        at: active.points, of: active.task, step: restart * steps + step, model: model)
      if earlyStop, seesPoints {
        let reached = active.task.goal.isReached(by: logits)
        let broken = try active.task.confirmed(reached, at: active.points, model: model)
        if let open = active.retire(where: broken) {
          along = along.gathering(open)
          direction.keep(open)
        }
      }
      move(&active.points, along: along, stepSize: size, of: active.task)
    }
    return active.finished()
  }

  /// Takes out the examples that are broken where they are now.
  private func retireBroken(_ active: inout ActivePoints, model: AttackedModel) throws -> [Int]? {
    let logits = try active.task.logits(of: active.points, model: model.queried)
    return active.retire(where: active.task.goal.isReached(by: logits))
  }
}

extension AttackTask {
  /// A random point of the ball for each example; the image where a first run is to begin there.
  func randomStart(restart: Int, unlessFirst startsAtImage: Bool = false) -> Tensor<Float> {
    guard restart > 0 || !startsAtImage else { return images }
    return threat.randomStart(around: images, ids: ids, restart: restart, source: random)
  }

  /// Moves points by a direction times a size, whatever its length, and back into ball and box.
  func displace(_ points: inout Tensor<Float>, by direction: Tensor<Float>, times size: Float) {
    points = points.moved(along: direction, by: size)
    threat.project(&points, around: images)
  }
}

extension Hyperparameter where Owner: SteppingAttack {
  /// The number of steps.
  static var steps: Hyperparameter { .integer("steps", \.steps, in: 1...1_000_000, "The number of steps.") }

  /// The size of a step.
  static var stepSize: Hyperparameter {
    let length = Owner.pathLength
    let radii = length == 1 ? "eps" : length == length.rounded() ? "\(Int(length)) eps" : "\(length) eps"
    return .number(
      "step-size", \.stepSize, .above(0), unit: "pixels", standard: "\(radii)/steps", "The length of a step.")
  }

  /// Whether a broken example is done.
  static var earlyStop: Hyperparameter {
    .flag("early-stop", \.earlyStop, "An example that is broken leaves the batch with its first adversarial iterate.")
  }

  /// The number of runs.
  static func restarts(_ path: any WritableKeyPath<Owner, Int> & Sendable) -> Hyperparameter {
    .integer("restarts", path, in: 1...1_000_000, "Runs from new random starts; the best for every example is kept.")
  }

  /// Where the first run begins.
  static func randomStart(_ path: any WritableKeyPath<Owner, Bool> & Sendable) -> Hyperparameter {
    .flag("random-start", path, "Begin at a random point of the ball.")
  }
}
