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
    return AttackTotals(summary: summary, facts, of: subject.properties)
  }

  /// The attack and its surrogate, as records show them.
  var summary: AttackSummary { AttackSummary(attack, surrogate: surrogate?.models ?? []) }

  /// What makes the result doubtful. That candidates of another model break nothing says nothing of this one's gradients.
  func warnings(_ result: AttackTotals) -> [EvaluationWarning] {
    let clean = result.summary.cleanAccuracy
    return EvaluationWarning.all(
      of: result.data, result.pixels, subject.model, threats: isUnbounded ? [] : [(threat, epsilon)],
      clean: clean.fraction.map { ($0, clean.count) },
      runs: surrogate == nil ? [EvaluatedRun(attack: attack, epsilon: epsilon, evaluation: result.summary)] : [],
      isTargeted: subject.targets != nil, canAttackMargin: true)
  }
}

/// What is kept of the examples of a range once they were attacked.
private struct RangeFacts: Codable {
  let start: Int
  let count: Int
  let clampedPixels: Int
  let pixels: PixelStatistics

  init(start: Int, _ data: Dataset) {
    self.start = start
    (count, clampedPixels, pixels) = (data.count, data.clampedPixels, PixelStatistics(data.images))
  }
}

/// What one attack within one radius did to all examples.
struct AttackTotals {
  let summary: EvaluationSummary
  /// What is known of the examples that were read.
  let data: DatasetProperties
  /// Their pixels.
  let pixels: PixelStatistics

  /// Puts together what processes know of ranges, which several of them may have read.
  fileprivate init(summary: EvaluationSummary, _ facts: [RangeFacts], of first: DatasetProperties) {
    let ranges = Dictionary(facts.map { ($0.start, $0) }) { first, _ in first }.values.sorted { $0.start < $1.start }
    self.summary = summary
    var (data, pixels) = (first, PixelStatistics())
    data.count = ranges.reduce(0) { $0 + $1.count }
    data.clampedPixels = ranges.reduce(0) { $0 + $1.clampedPixels }
    // In their order, so that rounding is the same whoever has read them.
    for range in ranges { pixels.add(range.pixels) }
    (self.data, self.pixels) = (data, pixels)
  }
}

extension AttackRun: AttackingRun {
  var attackedCount: Int { subject.examples.count }

  func results(
    by evaluator: Evaluator
  ) throws -> (count: Int, outcomes: [ExampleOutcome], found: EvaluatedCandidates?) {
    let inputs = try subject.inputs()
    let found = try evaluator.evaluateCandidates(
      of: search, on: inputs.set, threat: threat, model: subject.model.classifier)
    return (inputs.set.count, found.evaluation.examples, found)
  }
}
