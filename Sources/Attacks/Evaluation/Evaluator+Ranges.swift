public import Networks

/// The results of a range of examples.
public struct EvaluatedRange: Sendable {
  /// Those of the examples that were finished.
  public let evaluation: Evaluation
  /// Their images; nil where they were not asked for.
  public var images: Tensor<Float>?
  /// What the attack gave back for each; nil where that was not asked for.
  public var candidates: Tensor<Float>?

  /// The results with what the attack gave back; nil where that was not asked for.
  public var found: EvaluatedCandidates? {
    candidates.map { EvaluatedCandidates(evaluation: evaluation, images: $0) }
  }
}

extension Evaluator {
  /// Evaluates more examples than fit into memory: a range at a time, whose results are summed up. Of several processes each
  /// reads and evaluates ranges of its own, as long as there is one for every process; all of them get all results.
  ///
  /// - Parameters:
  ///   - search: What finds the candidates.
  ///   - ranges: The ranges, in their order.
  ///   - keepsCandidates: Whether `onRange` needs images and candidates.
  ///   - threat: What the attacker may do.
  ///   - model: The model.
  ///   - read: The examples of a range; there may be fewer than it has, or none.
  ///   - onRange: Takes the results of each range, in their order.
  /// - Returns: All results in numbers, as far as the evaluation was not cancelled.
  /// - Throws: As `evaluate` of a set does; what `read` and `onRange` throw.
  public func evaluate(
    _ search: CandidateSearch, inRanges ranges: [Range<Int>], keepsCandidates: Bool, threat: ThreatModel,
    model: any Classifier, reading read: (Range<Int>) throws -> EvaluationSet,
    onRange: (EvaluatedRange) throws -> Void
  ) throws -> EvaluationSummary {
    var summary = EvaluationSummary(threat: threat, budget: search.budget)
    var firstError: (any Error)?
    func evaluate(_ range: Range<Int>, by evaluator: Evaluator) throws -> EvaluatedRange {
      let part = evaluator.part(range, of: ranges)
      let end = try part.search(
        search, on: read(range), keepsCandidates: keepsCandidates, threat: threat, model: model)
      firstError = firstError ?? end.firstError
      return end.results
    }
    for round in shardRanges(count: ranges.count, size: workers.ranks.count).map({ ranges[$0] }) {
      guard try summary.isComplete && !workers.ranks.holdsAnywhere(isCancelled()) else {
        summary.skip(round.reduce(0) { $0 + $1.count })
        continue
      }
      let found: [EvaluatedRange]
      if round.count == workers.ranks.count {
        let own = try evaluate(round[round.startIndex + workers.ranks.own], by: here)
        found = try workers.ranks.gather(own)
      } else {
        // Too few for all: each of these is shared out.
        found = try round.map { try evaluate($0, by: self) }
      }
      for part in found {
        summary.add(part.evaluation)
        try onRange(part)
      }
    }
    // A failure of every example is one of the whole.
    if let firstError, summary.hasOnlyFailures { throw firstError }
    return summary
  }

  /// The evaluator of one of several ranges, whose progress is a part of that of all.
  func part(_ range: Range<Int>, of ranges: [Range<Int>]) -> Evaluator {
    let count = Double(max(ranges.last?.upperBound ?? 0, 1))
    return part(Double(range.lowerBound) / count...Double(range.upperBound) / count)
  }

  /// The evaluator of a part of this one's work.
  func part(_ part: ClosedRange<Double>) -> Evaluator {
    var evaluator = self
    let (start, width) = (self.part.lowerBound, self.part.upperBound - self.part.lowerBound)
    evaluator.part = start + width * part.lowerBound...start + width * part.upperBound
    return evaluator
  }

  /// The same in this process alone.
  private var here: Evaluator {
    var evaluator = self
    evaluator.workers = workers.here
    return evaluator
  }
}

extension Ranks {
  /// The range that every rank gives, in the order of the ranks.
  fileprivate func gather(_ own: EvaluatedRange) throws -> [EvaluatedRange] {
    guard !isAlone else { return [own] }
    let evaluations = try gather(coded: [own.evaluation])
    let (images, candidates) = (try own.images.map(joined), try own.candidates.map(joined))
    var start = 0
    return evaluations.map { evaluation in
      let rows = start..<start + evaluation.examples.count
      start = rows.upperBound
      return EvaluatedRange(
        evaluation: evaluation, images: images?.examples(rows), candidates: candidates?.examples(rows))
    }
  }
}
