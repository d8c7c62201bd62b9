internal import Attacks
internal import Compute
internal import Exchange
internal import Networks

/// One attack within one radius on a model without a preprocessor.
struct AttackRun {
  let subject: AttackSubject
  let attack: any Attack
  let threat: ThreatModel
  /// The radius as it was typed.
  let epsilon: String
  /// Whether none was typed, for an attack that needs none.
  let isUnbounded: Bool
  /// The radius as headings show it.
  var radius: String { isUnbounded ? "any distance" : "eps = \(epsilon)" }

  /// Whether the adversarial images are kept.
  let keepsCandidates: Bool
  /// The models that the attack sees in place of the one that judges.
  let surrogate: SurrogateModels?

  /// Finds out whether the attack can be run.
  init(
    _ attack: any Attack, _ subject: AttackSubject, norm: Norm, radius: PixelLength, keepsCandidates: Bool,
    surrogate: SurrogateModels? = nil
  ) throws {
    (self.subject, self.keepsCandidates) = (subject, keepsCandidates)
    (epsilon, isUnbounded) = (radius.argumentText, radius.isWhole)
    self.surrogate = surrogate
    let attack = surrogate == nil ? attack : attack.withoutEarlyStop
    threat = subject.threat(norm, radius)
    self.attack = attack.resolved(for: threat)
    try self.attack.validate(threat: threat, classCount: subject.model.classifier.classCount)
  }

  private var search: CandidateSearch {
    surrogate.map { CandidateSearch(attack, on: $0.classifier) } ?? CandidateSearch(attack)
  }

  /// Attacks range by range, as far as the evaluator is not interrupted.
  ///
  /// - Parameters:
  ///   - evaluator: The judge.
  ///   - onRange: Takes the results of each range.
  /// - Returns: All results.
  /// - Throws: What reading the examples, the attack or `onRange` throw.
  func callAsFunction(by evaluator: Evaluator, onRange: (EvaluatedRange) throws -> Void) throws -> AttackTotals {
    let ranks = evaluator.workers.ranks
    var own: [RangeFacts] = []
    let summary = try evaluator.evaluate(
      search, inRanges: subject.examples.ranges, keepsCandidates: keepsCandidates, threat: threat,
      model: subject.model.classifier,
      reading: { range in
        let inputs = try subject.inputs(range)
        own.append(RangeFacts(start: range.lowerBound, inputs.data))
        return inputs.set
      }, onRange: onRange)
    try TargetSelection.requireExamples(summary.requested)
    let facts = try ranks.gather(coded: own)
    return AttackTotals(summary: summary, examples: ReadExamples(facts, of: subject.properties))
  }

  /// The attack and its surrogate, as records show them.
  var summary: AttackSummary { AttackSummary(attack, surrogate: surrogate?.models ?? []) }

  /// What makes the result doubtful. That candidates of another model break nothing says nothing of this one's gradients.
  func warnings(_ result: AttackTotals) -> [EvaluationWarning] {
    let clean = result.summary.cleanAccuracy
    return EvaluationWarning.all(
      of: result.examples.data, result.examples.pixels, subject.model, threats: isUnbounded ? [] : [(threat, epsilon)],
      clean: clean.fraction.map { ($0, clean.count) },
      runs: surrogate == nil ? [EvaluatedRun(attack: attack, epsilon: epsilon, evaluation: result.summary)] : [],
      isTargeted: subject.targets != nil, canAttackMargin: true)
  }
}

/// What one attack within one radius did to all examples.
struct AttackTotals {
  let summary: EvaluationSummary
  let examples: ReadExamples
}

extension AttackRun: AttackingRun {
  var attackedCount: Int { subject.examples.count }

  func results(by evaluator: Evaluator) throws -> RepeatedRun {
    guard keepsCandidates else {
      let summary = try self(by: evaluator) { _ in }.summary
      return RepeatedRun(count: summary.count, fingerprint: summary.fingerprint)
    }
    let inputs = try subject.inputs()
    let found = try evaluator.evaluateCandidates(
      of: search, on: inputs.set, threat: threat, model: subject.model.classifier)
    return RepeatedRun(count: inputs.set.count, outcomes: found.evaluation.examples, found)
  }
}
