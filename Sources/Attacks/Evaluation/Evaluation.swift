public import Networks

/// The result of one attack on one set of images, as far as it got.
public struct Evaluation: Sendable {
  /// What became of every example that was finished, in the order of the set.
  public let examples: [ExampleOutcome]
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
    let fit = examples.lazy.filter { if case .invalid(let defect) = $0.status { !defect.isOfInput } else { true } }
    return Proportion(hits: fit.count { $0.cleanPrediction == $0.label }, count: fit.count)
  }

  /// The share of the images that the model classifies rightly and the attack did not break.
  ///
  /// Examples about which nothing can be said are left out: they are no evidence of robustness.
  public var robustAccuracy: Proportion {
    let hits = examples.count { $0.status == .robust || $0.status == .beyondRadius }
    return Proportion(hits: hits, count: examples.count { if case .invalid = $0.status { false } else { true } })
  }

  /// The share of the examples attacked that the attack broke.
  public var successRate: Proportion {
    let robust = robustAccuracy.hits
    let broken = examples.count(where: \.isBroken)
    return Proportion(hits: broken, count: broken + robust)
  }

  /// The number of examples about which nothing can be said.
  public var invalidCount: Int { examples.count - robustAccuracy.count }

  /// The mean size of the successful perturbations, in the norm of the threat model.
  public var meanDistance: Double? {
    let distances = examples.lazy.filter(\.isBroken).map { Double($0.distance) }
    return distances.isEmpty ? nil : distances.reduce(0, +) / Double(distances.count)
  }

  /// The largest of the successful perturbations.
  public var largestDistance: Float? { examples.lazy.filter(\.isBroken).map(\.distance).max() }

  /// The forward passes of the attack; one pass of a batch counts for every image in it.
  public var forwards: Int { examples.reduce(0) { $0 + $1.forwards } }

  /// The backward passes of the attack: gradient evaluations.
  public var backwards: Int { examples.reduce(0) { $0 + $1.backwards } }

  /// Gradient evaluations per second of the whole evaluation.
  public var gradientsPerSecond: Double { seconds > 0 ? Double(backwards) / seconds : 0 }
}

/// What an attack gave back, with what was found out about it.
public struct EvaluatedCandidates: Sendable {
  /// What became of the examples.
  public let evaluation: Evaluation
  /// An image `[N, C, H, W]` for each of the evaluation's examples: the clean one where it was not attacked or the attack
  /// gave nothing usable.
  public let images: Tensor<Float>
}
