internal import Arguments
internal import Attacks
internal import Compute
internal import Exchange
internal import Networks

/// A universal attack, the images on which it is fitted and those on which it is judged.
struct UniversalRun {
  /// The model, and the images on which the change is judged.
  let inputs: AttackInputs
  let attack: any UniversalAttack
  let threat: ThreatModel
  /// The radius as it was typed.
  let epsilon: PixelLength
  /// The radius as headings show it.
  var radius: String { epsilon.isWhole ? "limits of its own" : "eps = \(epsilon.argumentText)" }
  /// The images of the fit.
  let fitted: Dataset
  private let fittedSet: EvaluationSet

  /// Reads model and data, and finds out whether the attack can be run.
  ///
  /// - Throws: `AttackError` where it cannot.
  init(_ command: UniversalCommand) throws {
    let options = command.attack
    let target = options.targets.map { TargetChoice.label($0) }
    let inputs = try AttackInputs(
      model: command.model, data: command.data, preprocessors: PreprocessorOptions(), targets: target,
      command.reading, command.execution)
    let fitted: Dataset
    let training = try command.data.load(command.reading, toFit: options.fitCount, for: inputs.model.input)
    if training.split == inputs.data.split {
      let parts = try Self.divided(inputs.data, fitCount: options.fitCount)
      self.inputs = inputs.gathering(parts.judged)
      fitted = inputs.data.selecting(parts.fitted)
    } else {
      try inputs.model.check(training)
      self.inputs = inputs
      let execution = command.execution
      fitted = try TargetSelection(
        target, at: training, inputs.model.classifier, execution.workers, seed: execution.seed
      ).data
      try TargetSelection.requireExamples(fitted.count)
    }
    self.fitted = fitted
    let targets = options.targets.map { Array(repeating: $0, count: fitted.count) }
    fittedSet = try EvaluationSet(images: fitted.images, labels: fitted.labels, ids: fitted.ids, targets: targets)
    (threat, epsilon) = options.threat(for: inputs.data)
    attack = try options.makeAttack().resolved(for: threat)
    try attack.validate(
      threat: threat, images: inputs.data.imageShape, classCount: inputs.model.classifier.classCount)
  }

  /// The rows of one split for the fit, and those that are left to be judged: half of them at least.
  private static func divided(_ data: Dataset, fitCount: Int) throws -> (fitted: [Int], judged: [Int]) {
    guard data.count > 1 else {
      throw MismatchedFile(
        description: "\(data.path): expected two images or more of the one split \(data.split), some to fit a change "
          + "and others to judge it, found \(data.count); a larger --count takes more")
    }
    let count = min(fitCount, data.count / 2)
    return (Array(0..<count), Array(count..<data.count))
  }

  /// Whether fit and judgement share one split.
  var isDivided: Bool { fitted.split == inputs.data.split }

  /// Fits and judges; nil where the evaluator was interrupted.
  func callAsFunction(by evaluator: Evaluator) throws -> UniversalResult? {
    let (model, budget) = (inputs.model.classifier, type(of: attack).budget)
    guard let change = try evaluator.fit(attack, on: fittedSet, threat: threat, model: model),
      let judged = try evaluator.evaluate(change, on: inputs.set, threat: threat, budget: budget, model: model),
      let fitted = try evaluator.evaluate(change, on: fittedSet, threat: threat, budget: budget, model: model)
    else { return nil }
    return UniversalResult(change: change.change, limits: change.limits, judged: judged, fitted: fitted)
  }

  /// What makes the result doubtful.
  func warnings(_ result: UniversalResult) -> [EvaluationWarning] {
    EvaluationWarning.all(
      of: inputs.data, inputs.model, threats: epsilon.isWhole ? [] : [(threat, epsilon.argumentText)],
      clean: ExampleAccuracies(clean: result.judged.found.evaluation), runs: [], isTargeted: inputs.targets != nil,
      canAttackMargin: false)
  }
}

extension UniversalRun: AttackingRun {
  var attackedCount: Int { inputs.data.count }

  var subject: AttackSubject { inputs.subject }

  func results(by evaluator: Evaluator) throws -> RepeatedRun {
    let found = try self(by: evaluator)?.judged.found
    return RepeatedRun(count: inputs.set.count, outcomes: found?.evaluation.examples ?? [], found)
  }
}

/// A change, and what it does to the images on which it is judged and to those on which it was fitted.
struct UniversalResult {
  let change: Tensor<Float>
  /// What it keeps to in place of the radius.
  let limits: (any ChangeLimits)?
  let judged: UniversalEvaluation
  let fitted: UniversalEvaluation
}
