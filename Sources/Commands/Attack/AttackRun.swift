internal import Attacks
internal import Compute
internal import Exchange
internal import Networks

/// One attack within one radius on a model without a preprocessor.
struct AttackRun {
  let inputs: AttackInputs
  let attack: any Attack
  let threat: ThreatModel
  /// The radius as it was typed.
  let epsilon: String
  /// Whether none was typed, for an attack that needs none.
  let isUnbounded: Bool
  /// Whether the adversarial images are kept, which takes as much memory as the images.
  let keepsCandidates: Bool
  /// The models that the attack sees in place of the one that judges.
  let surrogate: SurrogateModels?

  /// Finds out whether the attack can be run.
  init(
    _ attack: any Attack, _ inputs: AttackInputs, norm: Norm, radius: PixelLength, keepsCandidates: Bool,
    surrogate: SurrogateModels? = nil
  ) throws {
    (self.inputs, self.keepsCandidates) = (inputs, keepsCandidates)
    (epsilon, isUnbounded) = (radius.argumentText, radius.isWhole)
    self.surrogate = surrogate
    let attack = surrogate == nil ? attack : attack.withoutEarlyStop
    threat = inputs.threat(norm, radius)
    self.attack = attack.resolved(for: threat)
    try self.attack.validate(threat: threat, classCount: inputs.model.classifier.classCount)
  }

  /// Attacks, as far as the evaluator is not interrupted.
  func callAsFunction(by evaluator: Evaluator) throws -> (evaluation: Evaluation, candidates: EvaluatedCandidates?) {
    let search = surrogate.map { CandidateSearch(attack, on: $0.classifier) } ?? CandidateSearch(attack)
    guard keepsCandidates else {
      let evaluation = try evaluator.evaluate(
        search, on: inputs.set, threat: threat, model: inputs.model.classifier)
      return (evaluation, nil)
    }
    let found = try evaluator.evaluateCandidates(
      of: search, on: inputs.set, threat: threat, model: inputs.model.classifier)
    return (found.evaluation, found)
  }

  /// The attack and its surrogate, as records show them.
  var summary: AttackSummary { AttackSummary(attack, surrogate: surrogate?.models ?? []) }

  /// What makes the result doubtful. That candidates of another model break nothing says nothing of this one's gradients.
  func warnings(_ evaluation: Evaluation) -> [EvaluationWarning] {
    EvaluationWarning.all(
      of: inputs.data, inputs.model, threats: isUnbounded ? [] : [(threat, epsilon)],
      clean: ExampleAccuracies(clean: evaluation),
      runs: surrogate == nil ? [EvaluatedRun(attack: attack, epsilon: epsilon, evaluation: evaluation)] : [],
      isTargeted: inputs.targets != nil, canAttackMargin: true)
  }
}

extension AttackRun: AttackingRun {
  var attackedCount: Int { inputs.data.count }

  func results(by evaluator: Evaluator) throws -> (outcomes: [ExampleOutcome], found: EvaluatedCandidates?) {
    let (evaluation, found) = try self(by: evaluator)
    return (evaluation.examples, found)
  }
}
