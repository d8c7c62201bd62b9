public import Networks

/// The result of one attack on one set of images, as far as it got.
@dynamicMemberLookup
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

  /// The results in numbers.
  public var summary: EvaluationSummary {
    var summary = EvaluationSummary(threat: threat)
    summary.add(self)
    return summary
  }

  /// Each of these numbers by its name: `evaluation.robustAccuracy` is `evaluation.summary.robustAccuracy`.
  public subscript<Value>(dynamicMember number: KeyPath<EvaluationSummary, Value>) -> Value {
    summary[keyPath: number]
  }
}

extension Evaluation {
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

  /// Puts them together.
  ///
  /// - Parameters:
  ///   - evaluation: The results.
  ///   - images: An image for each of its examples.
  public init(evaluation: Evaluation, images: Tensor<Float>) {
    (self.evaluation, self.images) = (evaluation, images)
  }

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
