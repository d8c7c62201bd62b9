internal import Attacks
internal import Exchange
internal import Networks

/// A suite of attacks within several radii, on a model with or without a preprocessor.
struct EvaluationRun {
  let suite: Suite
  /// The examples of the first range: all of them, where there is only one.
  let inputs: AttackInputs
  /// In which ranges the examples are read and attacked.
  let ranges: [Range<Int>]
  let norm: Norm
  let radii: [PixelLength]
  let evaluation: SuiteEvaluation

  /// Finds out which attacks are to be run.
  ///
  /// - Parameters:
  ///   - suite: The attacks.
  ///   - subject: What is attacked.
  ///   - norm: The norm of the balls.
  ///   - radii: Their radii.
  ///   - isWhole: Whether all examples are one range, for those who need the results of each.
  ///   - keepsCandidates: Whether the adversarial images are kept.
  /// - Throws: `AttackError` where an attack cannot be run as asked; what reading the first examples throws.
  init(
    _ suite: Suite, _ subject: AttackSubject, norm: Norm, radii: [PixelLength], isWhole: Bool, keepsCandidates: Bool
  ) throws {
    (self.suite, self.norm, self.radii) = (suite, norm, radii)
    ranges = isWhole ? [0..<subject.examples.count] : subject.examples.ranges
    inputs = try subject.inputs(ranges[0])
    if ranges.count == 1 { try TargetSelection.requireExamples(inputs.data.count) }
    var evaluation = try SuiteEvaluation(
      suite, on: inputs.set, threats: radii.map { subject.threat(norm, $0) }, target: inputs.target)
    evaluation.keepsCandidates = keepsCandidates
    self.evaluation = evaluation
  }

  /// Whether `inputs` are all examples, so that results are known attack by attack.
  var isWhole: Bool { ranges.count == 1 }

  /// How many examples are attacked, each as often as an attack runs.
  var attackedCount: Int {
    evaluation.attacks.joined().reduce(0) { $0 + inputs.target.passes(of: $1).count }
      * (isWhole ? inputs.data.count : subject.examples.count)
  }

  /// A radius as it was typed.
  func epsilon(of threat: ThreatModel) -> String {
    radii.first { $0.value == threat.radius }?.argumentText ?? "\(threat.radius)"
  }

  /// Attacks range by range, as far as the evaluator is not interrupted.
  ///
  /// - Parameters:
  ///   - evaluator: The judge.
  ///   - earlier: What an earlier run has finished; it goes with one range.
  ///   - onEvent: Told of every step within every range.
  ///   - onRange: Takes the results of each range.
  /// - Returns: All results.
  /// - Throws: What reading the examples, the attacks, `onEvent` or `onRange` throw.
  func callAsFunction(
    by evaluator: Evaluator, continuing earlier: [[AttackResult]] = [],
    onEvent: (SuiteEvaluation.Event) throws -> Void = { _ in }, onRange: (EvaluatedSuiteRange) throws -> Void
  ) throws -> EvaluationTotals {
    var facts = [RangeFacts(start: ranges[0].lowerBound, inputs.data)]
    let totals = try evaluation.run(
      inRanges: ranges, by: evaluator, continuing: earlier,
      reading: { range in
        guard range != ranges[0] else { return inputs.set }
        let inputs = try subject.inputs(range)
        facts.append(RangeFacts(start: range.lowerBound, inputs.data))
        return inputs.set
      }, onEvent: onEvent, onRange: onRange)
    try TargetSelection.requireExamples(totals.requested)
    return EvaluationTotals(totals, ReadExamples(facts, of: inputs.data.properties))
  }

  /// What a few more passes of the model say against the results: of a model without a defence, where no target is to be
  /// reached. The examples of one range are enough for them.
  func probe(_ range: EvaluatedSuiteRange, by evaluator: Evaluator) throws -> [Diagnostic] {
    guard inputs.defended == nil, inputs.targets == nil else { return [] }
    return try ModelProbe(inputs.model.classifier, on: range.set).diagnostics(of: range.results, by: evaluator)
  }

  /// What makes the results doubtful.
  ///
  /// - Parameters:
  ///   - totals: The results.
  ///   - probes: What probes of the model found.
  /// - Returns: All that there is to warn of.
  func warnings(_ totals: EvaluationTotals, probes: [Diagnostic]) -> [EvaluationWarning] {
    let runs = totals.results.flatMap { result in
      result.attacks.flatMap { found in
        found.evaluations.map {
          EvaluatedRun(
            attack: found.attack, epsilon: epsilon(of: result.threat), evaluation: $0,
            isRemainder: found.rowCount < totals.count)
        }
      }
    }
    let clean = totals.results.first?.clean
    return EvaluationWarning.all(
      of: totals.examples.data, totals.examples.pixels, inputs.model,
      threats: totals.results.map { ($0.threat, epsilon(of: $0.threat)) },
      clean: clean.flatMap { clean in clean.accuracy.map { ($0, clean.count) } }, runs: runs,
      isTargeted: inputs.targets != nil, canAttackMargin: true)
      + (totals.results.flatMap(\.diagnostics) + probes).map { .diagnostic($0) }
  }
}

/// What a suite did to all examples.
@dynamicMemberLookup
struct EvaluationTotals {
  private let totals: SuiteTotals
  let examples: ReadExamples

  init(_ totals: SuiteTotals, _ examples: ReadExamples) { (self.totals, self.examples) = (totals, examples) }

  /// Each of the results by its name.
  subscript<Value>(dynamicMember member: KeyPath<SuiteTotals, Value>) -> Value { totals[keyPath: member] }
}

extension EvaluationRun: AttackingRun {
  var subject: AttackSubject { inputs.subject }

  func results(by evaluator: Evaluator) throws -> RepeatedRun {
    var found: EvaluatedCandidates?
    let totals = try self(by: evaluator) { range in
      if isWhole { found = range.union.found }
    }
    return RepeatedRun(count: totals.count, fingerprint: totals.fingerprint, found)
  }
}
