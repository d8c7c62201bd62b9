public import Networks

/// The results of a range of examples.
public struct EvaluatedRange: Sendable {
  /// The examples.
  public let set: EvaluationSet
  /// Their results.
  public let evaluation: Evaluation
  /// They with what the attack gave back, where that was asked for.
  public let candidates: EvaluatedCandidates?
}

extension Evaluator {
  /// Evaluates more examples than fit into memory: a range at a time, whose results are summed up.
  ///
  /// - Parameters:
  ///   - search: What finds the candidates.
  ///   - ranges: The ranges, in their order.
  ///   - keepsCandidates: Whether `onRange` needs the candidates.
  ///   - threat: What the attacker may do.
  ///   - model: The model.
  ///   - read: The examples of a range; there may be fewer than it has, or none.
  ///   - onRange: Takes the results of each range.
  /// - Returns: All results in numbers, as far as the evaluation was not cancelled.
  /// - Throws: As `evaluate` of a set does; what `read` and `onRange` throw.
  public func evaluate(
    _ search: CandidateSearch, inRanges ranges: [Range<Int>], keepsCandidates: Bool, threat: ThreatModel,
    model: any Classifier, reading read: (Range<Int>) throws -> EvaluationSet,
    onRange: (EvaluatedRange) throws -> Void
  ) throws -> EvaluationSummary {
    var summary = EvaluationSummary(threat: threat)
    var firstError: (any Error)?
    for range in ranges {
      guard summary.isComplete, !isCancelled() else {
        summary.skip(range.count)
        continue
      }
      let set = try read(range)
      let found = try part(range, of: ranges).search(search, on: set, keepsCandidates, threat: threat, model: model)
      firstError = firstError ?? found.firstError
      summary.add(found.results.evaluation)
      try onRange(found.results)
    }
    // A failure of every example is one of the whole.
    if let firstError, summary.hasOnlyFailures { throw firstError }
    return summary
  }

  /// The evaluator of one of several ranges, whose progress is a part of that of all.
  private func part(_ range: Range<Int>, of ranges: [Range<Int>]) -> Evaluator {
    var evaluator = self
    let width = (part.upperBound - part.lowerBound) / Double(max(ranges.last?.upperBound ?? 0, 1))
    evaluator.part =
      part.lowerBound + width * Double(range.lowerBound)...part.lowerBound + width * Double(range.upperBound)
    return evaluator
  }
}
