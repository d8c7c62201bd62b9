public import Networks

/// The result of one attack on one set of images, as far as it got.
public struct Evaluation: Hashable, Codable, Sendable {
  /// The result for every example that was finished, in the order of the set.
  public let examples: [ExampleOutcome]
  /// The number of examples that were asked for.
  public let requested: Int
  /// What the attacker was allowed to do.
  public let threat: ThreatModel
  /// The time of the whole evaluation, with the passes that check the attack.
  public let seconds: Double

  /// Whether every example was finished; if not, the evaluation was cancelled.
  public var isComplete: Bool { examples.count == requested }

  /// The share of the images that the model classifies rightly; one without a prediction is not.
  public var cleanAccuracy: Proportion {
    Proportion(hits: examples.count { $0.cleanPrediction == $0.label }, count: examples.count)
  }

  /// The share of the images that the model classifies rightly and the attack did not break.
  ///
  /// Every example counts, whatever happened to it: an invalid one is not robust. Left out, it would raise the accuracy
  /// by what is no evidence, and several attacks would be judged by different examples.
  public var robustAccuracy: Proportion {
    Proportion(hits: examples.count(where: \.status.isRobust), count: examples.count)
  }

  /// The share of the examples attacked that the attack broke, among those it left valid.
  public var successRate: Proportion {
    let robust = robustAccuracy.hits
    let broken = examples.count(where: \.isBroken)
    return Proportion(hits: broken, count: broken + robust)
  }

  /// The number of invalid examples.
  public var invalidCount: Int { examples.count(where: \.status.isInvalid) }

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

  /// The gradients that were zero in every pixel and gave the attack no direction.
  public var zeroGradients: Int { examples.reduce(0) { $0 + $1.zeroGradients } }

  /// Gradient evaluations per second of the whole evaluation.
  public var gradientsPerSecond: Double { seconds > 0 ? Double(backwards) / seconds : 0 }
}

/// How far a minimum-norm attack had to go.
public struct MinimumNorms: Hashable, Sendable {
  /// The distances found, in ascending order.
  public let found: [Float]
  /// The number of examples that were attacked.
  public let attacked: Int

  /// The mean of those found.
  public var mean: Double? {
    found.isEmpty ? nil : found.reduce(0) { $0 + Double($1) } / Double(found.count)
  }

  /// The median over all examples that were attacked; nil where it is one of which no adversarial point was found. An even
  /// number has the mean of the two in the middle.
  public var median: Double? {
    let (lower, upper) = ((attacked - 1) / 2, attacked / 2)
    guard attacked > 0, upper < found.count else { return nil }
    return (Double(found[lower]) + Double(found[upper])) / 2
  }
}

extension Evaluation {
  /// The distances that a minimum-norm attack found, whatever the radius.
  public var minimumNorms: MinimumNorms {
    let attacked = examples.filter { [.broken, .beyondRadius, .robust].contains($0.status) }
    return MinimumNorms(
      found: attacked.filter { $0.status != .robust }.map(\.distance).sorted(), attacked: attacked.count)
  }

  /// What a minimum-norm attack found, judged by another radius. No time was spent on it.
  ///
  /// - Precondition: the threat model differs in nothing but the radius.
  func within(_ threat: ThreatModel) -> Evaluation {
    let judged = examples.map { outcome in
      guard outcome.status == .broken || outcome.status == .beyondRadius else { return outcome }
      var outcome = outcome
      outcome.status = threat.allows(outcome.distance) ? .broken : .beyondRadius
      return outcome
    }
    return Evaluation(examples: judged, requested: requested, threat: threat, seconds: 0)
  }

  /// The results for some of the examples.
  ///
  /// - Precondition: the evaluation is complete.
  func gathering(_ rows: [Int]) -> Evaluation {
    Evaluation(examples: rows.map { examples[$0] }, requested: rows.count, threat: threat, seconds: seconds)
  }
}

/// What an attack gave back, with what was found out about it.
public struct EvaluatedCandidates: Sendable {
  /// The results of the examples.
  public let evaluation: Evaluation
  /// An image `[N, C, H, W]` for each of the evaluation's examples: the clean one where it was not attacked or the attack
  /// gave nothing usable.
  public let images: Tensor<Float>

  /// Of every example what does most harm: the first point that breaks it, or else one that is invalid, or else the last.
  /// The passes of both attacks are counted.
  ///
  /// - Parameters:
  ///   - other: What another attack within the same threat model gave back.
  ///   - rows: Where the examples of the other attack are among these; all of them unless given.
  /// - Returns: An example and an image for each of these.
  /// - Precondition: the other examples are those at `rows`.
  public func union(_ other: EvaluatedCandidates, at rows: [Int]? = nil) -> EvaluatedCandidates {
    let rows = rows ?? Array(evaluation.examples.indices)
    let others = other.evaluation.examples
    precondition(rows.map { evaluation.examples[$0].id } == others.map(\.id), "examples of another set")
    var (examples, images) = (evaluation.examples, images)
    let isTaken = zip(rows, others).map { row, other in
      examples[row].status.harm <= other.status.harm && !examples[row].isBroken
    }
    let taken = rows.indices.filter { isTaken[$0] }
    images.scatter(other.images.gathering(taken), to: taken.map { rows[$0] })
    for (index, row) in rows.enumerated() {
      let own = examples[row]
      if isTaken[index] { examples[row] = others[index] }
      examples[row].forwards = own.forwards + others[index].forwards
      examples[row].backwards = own.backwards + others[index].backwards
      examples[row].zeroGradients = own.zeroGradients + others[index].zeroGradients
      examples[row].seconds = own.seconds + others[index].seconds
    }
    return EvaluatedCandidates(
      evaluation: Evaluation(
        examples: examples, requested: evaluation.requested, threat: evaluation.threat,
        seconds: evaluation.seconds + other.evaluation.seconds),
      images: images)
  }
}

extension ExampleStatus {
  /// The order of what is kept of several attacks.
  fileprivate var harm: Int {
    switch self {
    case .robust, .beyondRadius: 0
    case .invalid: 1
    case .misclassified, .broken: 2
    }
  }
}

extension EvaluatedCandidates {
  /// The same within the ball: the clean image, which stands, in place of points beyond the radius at which a minimum-norm
  /// attack ended. They are no violation, and no success at this radius.
  ///
  /// - Precondition: `set` has these examples.
  package func inside(_ set: EvaluationSet) -> EvaluatedCandidates {
    // Points of other attacks are in the ball but for rounding, or invalid and left to the judge.
    let farthest = evaluation.threat.radius * 1.0001
    let beyond = evaluation.examples.indices.filter { row in
      let outcome = evaluation.examples[row]
      return outcome.status == .beyondRadius || (outcome.status == .robust && outcome.distance > farthest)
    }
    guard !beyond.isEmpty else { return self }
    var (images, examples) = (images, evaluation.examples)
    let clean = set.images.gathering(beyond)
    images.scatter(clean, to: beyond)
    for (position, row) in beyond.enumerated() {
      examples[row].stand(at: clean.examples(position..<position + 1))
    }
    return EvaluatedCandidates(
      evaluation: Evaluation(
        examples: examples, requested: evaluation.requested, threat: evaluation.threat, seconds: evaluation.seconds),
      images: images)
  }

  /// What a minimum-norm attack found, at another radius.
  func within(_ threat: ThreatModel) -> EvaluatedCandidates {
    EvaluatedCandidates(evaluation: evaluation.within(threat), images: images)
  }

  /// The candidates for some of the examples.
  func gathering(_ rows: [Int]) -> EvaluatedCandidates {
    EvaluatedCandidates(evaluation: evaluation.gathering(rows), images: images.gathering(rows))
  }
}
