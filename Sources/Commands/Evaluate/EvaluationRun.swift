internal import Attacks
internal import Exchange
internal import Networks

/// A suite of attacks within several radii, on a model with or without a preprocessor.
struct EvaluationRun {
  let suite: Suite
  let inputs: AttackInputs
  let norm: Norm
  let radii: [PixelLength]
  let evaluation: SuiteEvaluation

  /// Finds out which attacks are to be run.
  init(
    _ suite: Suite, _ inputs: AttackInputs, norm: Norm, radii: [PixelLength], keepsCandidates: Bool
  ) throws {
    (self.suite, self.inputs, self.norm, self.radii) = (suite, inputs, norm, radii)
    var evaluation = try SuiteEvaluation(
      suite, on: inputs.set, threats: radii.map { inputs.threat(norm, $0) }, target: inputs.target)
    evaluation.keepsCandidates = keepsCandidates
    self.evaluation = evaluation
  }

  /// How many examples are attacked, each as often as an attack runs.
  var attackedCount: Int {
    evaluation.attacks.joined().reduce(0) { $0 + inputs.target.passes(of: $1).count } * inputs.data.count
  }

  /// A radius as it was typed.
  func epsilon(of threat: ThreatModel) -> String {
    radii.first { $0.value == threat.radius }?.argumentText ?? "\(threat.radius)"
  }

  /// What a few more passes of the model say against the results: of a model without a defence, where no target is to be
  /// reached.
  func probe(_ results: [SuiteResult], by evaluator: Evaluator) throws -> [Diagnostic] {
    guard inputs.defended == nil, inputs.targets == nil else { return [] }
    return try ModelProbe(inputs.model.classifier, on: inputs.set).diagnostics(of: results, by: evaluator)
  }

  /// What makes the results doubtful.
  ///
  /// - Parameters:
  ///   - results: The results.
  ///   - probes: What probes of the model found.
  /// - Returns: All that there is to warn of.
  func warnings(_ results: [SuiteResult], probes: [Diagnostic]) -> [EvaluationWarning] {
    let runs = results.flatMap { result in
      result.attacks.flatMap { found in
        found.judgement.evaluations.map {
          EvaluatedRun(
            attack: found.attack, epsilon: epsilon(of: result.threat), evaluation: $0.summary,
            isRemainder: found.rows.count < inputs.set.count)
        }
      }
    }
    return EvaluationWarning.all(
      of: inputs.data, inputs.model, threats: results.map { ($0.threat, epsilon(of: $0.threat)) },
      clean: results.first?.clean.evaluated, runs: runs, isTargeted: inputs.targets != nil, canAttackMargin: true)
      + (results.flatMap(\.diagnostics) + probes).map { .diagnostic($0) }
  }
}

extension EvaluationRun: AttackingRun {
  var subject: AttackSubject { inputs.subject }

  func results(
    by evaluator: Evaluator
  ) throws -> (count: Int, outcomes: [ExampleOutcome], found: EvaluatedCandidates?) {
    let (results, union) = try evaluation.run(by: evaluator)
    return (inputs.set.count, results.flatMap(\.outcomes), union.found)
  }
}
