public import Hyperparameters
package import Networks

/// How APGD runs, whatever it ascends.
public struct AutoPGDSettings: Hashable, Sendable {
  /// The number of steps of a run; 100 as in AutoAttack.
  public var steps = 100
  /// The number of runs, each towards every target where there are targets; 1, in L1 5 for the attacks without.
  public var restarts: Int?
  /// ρ: the share of steps with a rising loss below which the step size is halved. Not used in L1.
  public var rho: Float = 0.75
  /// The number of gradients averaged at every point, for a model that draws anew with every pass; 20 in AutoAttack's
  /// version for randomised models.
  public var eot = 1
  /// Whether an example leaves with its first adversarial point. If not, every run makes all steps and yields the last
  /// adversarial point.
  public var earlyStop = true
  /// Whether a run in L1 begins in balls of 3 ε and 2 ε, for 30 % of the steps each.
  public var shrinkingRadius = true

  /// All of them.
  public static let hyperparameters: [Hyperparameter<AutoPGDSettings>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps of a run."),
    .integer(
      "restarts", \.restarts, in: 1...1_000_000, standard: "1; in L1 without targets 5",
      "Runs from new random starts on what is still standing, each towards every target."),
    .number("rho", \.rho, .from(0, to: 1), "The step is halved where the loss rises in a smaller share of the steps."),
    .integer("eot", \.eot, in: 1...1_000_000, "Gradients averaged at every point, for models that draw at random."),
    .flag("early-stop", \.earlyStop, "An example that is broken leaves the batch with its first adversarial iterate."),
    .flag("shrinking-radius", \.shrinkingRadius, "In L1, begin with 3 and 2 times the radius."),
  ]

  /// The defaults.
  public init() {}

  /// The forward and backward passes of one run.
  var passesPerRun: Double { (2 * Double(steps) + 1) * Double(eot) }

  /// One run, each example within a radius of its own.
  ///
  /// - Parameters:
  ///   - task: The examples; the radius of its threat model is not used.
  ///   - radii: The radius of each.
  ///   - number: The number of the run, by which its random start is known.
  ///   - objective: What is increased.
  ///   - model: The model.
  /// - Returns: A point for each example.
  /// - Throws: What the model throws.
  func run(
    _ task: AttackTask, radii: [Float], number: Int, objective: AscentObjective, model: AttackedModel
  ) throws -> Ascent.Result {
    guard task.threat.norm == .l1, shrinkingRadius else {
      let start = task.threat.sphereStart(task, radii: radii, run: number)
      return try ascend(task, from: start, radii: radii, steps: steps, objective: objective, model: model)
    }
    let (first, second) = (shortened(of: steps), min(shortened(of: steps), steps - shortened(of: steps)))
    var start = task.threat.sphereStart(task, radii: radii.map { 3 * $0 }, run: number)
    for (factor, steps) in [(Float(3), first), (2, second)] {
      let larger = radii.map { factor * $0 }
      task.threat.project(&start, around: task.images, radii: larger)
      start = try ascend(
        task, from: start, radii: larger, steps: steps, isContinued: true, judges: false, objective: objective,
        model: model
      ).points
    }
    task.threat.project(&start, around: task.images, radii: radii)
    return try ascend(
      task, from: start, radii: radii, steps: steps - first - second, isContinued: true, objective: objective,
      model: model)
  }

  /// 30 % of the steps, rounded up.
  private func shortened(of steps: Int) -> Int { Int((0.3 * Double(steps)).rounded(.up)) }

  /// One ascent from a given start.
  ///
  /// - Parameters:
  ///   - task: The examples.
  ///   - start: Where each begins.
  ///   - radii: The radius of each.
  ///   - steps: The number of steps.
  ///   - isContinued: Whether the start is the end of an ascent in a larger ball, or a point in its place.
  ///   - judges: Whether an adversarial point counts.
  ///   - objective: What is increased.
  ///   - model: The model.
  ///   - onLook: Sees every point.
  /// - Returns: A point for each example.
  /// - Throws: What the model throws.
  func ascend(
    _ task: AttackTask, from start: Tensor<Float>, radii: [Float], steps: Int, isContinued: Bool = false,
    judges: Bool = true, objective: AscentObjective, model: AttackedModel, onLook: (AscentLook) -> Void = { _ in }
  ) throws -> Ascent.Result {
    let settings = Ascent.Settings(steps: steps, eot: eot, earlyStop: earlyStop, judges: judges)
    if task.threat.norm == .l1 {
      let rule = SparseRule(
        task.threat, radii: radii, start: isContinued ? start : nil, images: task.images, steps: steps)
      return try Ascent.run(
        task, from: start, objective: objective, settings: settings, rule: rule, model: model, onLook: onLook)
    }
    let rule = MomentumRule(task.threat, radii: radii, start: start, steps: steps, share: rho)
    return try Ascent.run(
      task, from: start, objective: objective, settings: settings, rule: rule, model: model, onLook: onLook)
  }
}

extension AutoPGDSettings {
  /// Every point that an ascent from a given start looks at, for comparison with the published algorithm.
  package func trace(
    _ task: AttackTask, from start: Tensor<Float>, objective: AscentObjective, isContinued: Bool = false,
    model: AttackedModel
  ) throws -> [AscentLook] {
    var looks: [AscentLook] = []
    _ = try ascend(
      task, from: start, radii: task.ids.map { _ in task.threat.radius }, steps: steps, isContinued: isContinued,
      objective: objective, model: model
    ) { looks.append($0) }
    return looks
  }
}
