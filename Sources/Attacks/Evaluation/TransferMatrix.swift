public import Networks

/// How far adversarial examples made for one model break others.
public struct TransferMatrix: Sendable {
  /// The examples that every model gets right: only of these it can be said that an attack broke them.
  public let set: EvaluationSet
  /// For each surrogate, on which the candidates were found, what each target makes of them. On the diagonal stands the attack
  /// on the model itself; its passes are those of the row.
  public let evaluations: [[Evaluation]]

  /// The share of the examples that break a target.
  public func success(surrogate: Int, target: Int) -> Proportion { evaluations[surrogate][target].successRate }

  /// Where examples found on another model break what the attack on the model itself leaves standing.
  public var diagnostics: [Diagnostic] {
    evaluations.indices.flatMap { target in
      evaluations.indices.compactMap { surrogate in
        let (own, other) = (evaluations[target][target].examples, evaluations[surrogate][target].examples)
        let count = zip(own, other).count { $0.status != .broken && $1.status == .broken }
        guard Diagnostic.isMoreThanChance(count, of: set.count) else { return nil }
        return .surrogateIsStronger(examples: count, surrogate: surrogate, target: target)
      }
    }
  }
}

extension Evaluator {
  /// Finds candidates on each of some models and shows them to all, without early stopping: see `CandidateSearch`.
  ///
  /// - Parameters:
  ///   - attack: The attack.
  ///   - models: The models, which take the same images and have the same classes.
  ///   - set: The examples, of which those are attacked that every model gets right.
  ///   - threat: What the attacker may do.
  /// - Returns: The matrix; nil where the evaluator was cancelled.
  /// - Throws: As `evaluate` does.
  public func transferMatrix(
    of attack: any Attack, among models: [any DifferentiableClassifier], on set: EvaluationSet, threat: ThreatModel
  ) throws -> TransferMatrix? {
    let attack = attack.withoutEarlyStop
    var rows = Array(0..<set.count)
    for model in models {
      let clean = try quiet.verify(set.images, of: set, threat: threat, model: model)
      guard clean.isComplete else { return nil }
      rows = rows.filter { clean.examples[$0].cleanPrediction == set.labels[$0] }
    }
    let part = set.gathering(rows)
    var evaluations: [[Evaluation]] = []
    for (number, surrogate) in models.enumerated() {
      var evaluator = self
      evaluator.part = Double(number) / Double(models.count)...Double(number + 1) / Double(models.count)
      let found = try evaluator.evaluateCandidates(of: attack, on: part, threat: threat, model: surrogate)
      guard found.evaluation.isComplete else { return nil }
      let row = try models.enumerated().map { target, model in
        target == number
          ? found.evaluation
          : try quiet.verify(found.images, of: part, threat: threat, budget: type(of: attack).budget, model: model)
      }
      guard row.allSatisfy(\.isComplete) else { return nil }
      evaluations.append(row)
    }
    return TransferMatrix(set: part, evaluations: evaluations)
  }
}
