public import Networks

/// The result of one attack on one set of images, as far as it got.
public struct Evaluation: Sendable {
  /// What became of every example that was finished, in the order of the set.
  public let examples: [ExampleOutcome]
  /// What the attack gave back for each of them: the clean image where it was not attacked or gave nothing usable.
  public let adversarial: Tensor<Float>
  /// The number of examples that were asked for.
  public let requested: Int
  /// What the attacker was allowed to do.
  public let threat: ThreatModel
  /// The time of the whole evaluation, with the passes that check the attack.
  public let seconds: Double

  /// Whether every example was finished; if not, the evaluation was cancelled.
  public var isComplete: Bool { examples.count == requested }

  /// The share of the images that the model classifies rightly, among those fit for evaluation.
  public var cleanAccuracy: Proportion {
    let fit = examples.filter { if case .invalid(let defect) = $0.status { !defect.isOfInput } else { true } }
    return Proportion(hits: fit.filter { $0.cleanPrediction == $0.label }.count, count: fit.count)
  }

  /// The share of the images that the model classifies rightly and the attack did not break.
  ///
  /// Examples about which nothing can be said are left out: they are no evidence of robustness.
  public var robustAccuracy: Proportion {
    let valid = examples.filter { if case .invalid = $0.status { false } else { true } }
    let hits = valid.filter { $0.status == .robust || $0.status == .beyondRadius }.count
    return Proportion(hits: hits, count: valid.count)
  }

  /// The share of the examples attacked that the attack broke.
  public var successRate: Proportion {
    let robust = robustAccuracy.hits
    let broken = examples.filter(\.isBroken).count
    return Proportion(hits: broken, count: broken + robust)
  }

  /// The number of examples about which nothing can be said.
  public var invalidCount: Int { examples.count - robustAccuracy.count }

  /// The mean size of the successful perturbations, in the norm of the threat model.
  public var meanDistance: Double? {
    let distances = examples.filter(\.isBroken).map { Double($0.distance) }
    return distances.isEmpty ? nil : distances.reduce(0, +) / Double(distances.count)
  }

  /// The largest of the successful perturbations.
  public var largestDistance: Float? { examples.filter(\.isBroken).map(\.distance).max() }

  /// The forward passes of the attack; one pass of a batch counts for every image in it.
  public var forwards: Int { examples.reduce(0) { $0 + $1.forwards } }

  /// The backward passes of the attack: gradient evaluations.
  public var backwards: Int { examples.reduce(0) { $0 + $1.backwards } }

  /// Gradient evaluations per second of the whole evaluation.
  public var gradientsPerSecond: Double { seconds > 0 ? Double(backwards) / seconds : 0 }
}
