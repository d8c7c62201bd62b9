import Networks

/// What a suite found, on any number of examples.
public struct SuiteTotals: Sendable {
  /// A result for each threat model; fewer where the run was cancelled.
  public private(set) var results: [SuiteSummary] = []
  /// The number of examples that were finished.
  public private(set) var count = 0
  /// The number of examples that were asked for.
  public private(set) var requested = 0
  private var hash = Fingerprint()

  /// Nothing yet.
  public init() {}

  /// Whether every example was finished; if not, the run was cancelled.
  public var isComplete: Bool { count == requested }

  /// One hash, in hexadecimal, of the status and the adversarial images of the examples under all attacks, in the order in
  /// which they ran: equal where a run in the same ranges was repeated and gave the same bits.
  public var fingerprint: String { hash.digits }

  /// Takes in the results of a range.
  mutating func add(_ range: EvaluatedSuiteRange) {
    count += range.set.count
    requested += range.set.count
    if results.isEmpty {
      results = range.results.map(\.summary)
    } else {
      for (index, result) in range.results.enumerated() { results[index].add(result) }
    }
    for evaluation in range.results.flatMap({ $0.attacks.flatMap(\.judgement.evaluations) }) {
      for outcome in evaluation.examples { hash.add(outcome) }
    }
  }

  /// Takes note of examples that were not reached.
  mutating func skip(_ examples: Int) { requested += examples }
}

/// The results of a range of examples, within all threat models.
public struct EvaluatedSuiteRange: Sendable {
  /// The examples.
  public let set: EvaluationSet
  /// A result for each threat model.
  public let results: [SuiteResult]
  /// What the attacks found together within each threat model and those before it, where candidates are kept.
  public let unions: [UnionOfCandidates]

  /// The same within all of them.
  public var union: UnionOfCandidates { unions.last ?? UnionOfCandidates() }
}

extension SuiteEvaluation {
  /// Evaluates more examples than fit into memory: a range at a time, whose results are summed up. An example's results
  /// depend on no other, so that those of a range are part of those of the whole.
  ///
  /// - Parameters:
  ///   - ranges: The ranges, in their order.
  ///   - evaluator: Threads, randomness, progress and cancellation.
  ///   - earlier: What an earlier run has finished, as for `run`; it goes with one range.
  ///   - read: The examples of a range; there may be fewer than it has, or none.
  ///   - onEvent: Told of every step within every range. The time is estimated for all of them.
  ///   - onRange: Takes the results of each range, in their order.
  /// - Returns: All results in numbers. A range that was cancelled is left out; only of the first one the attacks that were
  ///   finished are kept.
  /// - Throws: As `run` does; what `read` and `onRange` throw. Where model or attack fail on all examples of the first
  ///   range, that is an error at once; later such examples are invalid, each by itself.
  public func run(
    inRanges ranges: [Range<Int>], by evaluator: Evaluator, continuing earlier: [[AttackResult]] = [],
    reading read: (Range<Int>) throws -> EvaluationSet, onEvent: (Event) throws -> Void = { _ in },
    onRange: (EvaluatedSuiteRange) throws -> Void
  ) throws -> SuiteTotals {
    var totals = SuiteTotals()
    for range in ranges {
      guard try totals.isComplete && !evaluator.workers.ranks.holdsAnywhere(evaluator.isCancelled()) else {
        totals.skip(range.count)
        continue
      }
      let isFirst = totals.count == 0
      var (part, evaluator) = (self, evaluator.part(range, of: ranges))
      part.set = try read(range)
      part.isEstimated = isFirst
      evaluator.acceptsFailures = !isFirst
      let (results, unions) = try part.run(by: evaluator, continuing: earlier) { event in
        guard case .estimated(let seconds) = event else { return try onEvent(event) }
        try onEvent(.estimated(seconds: seconds * ranges.count(relativeTo: range)))
      }
      guard isComplete(results) || (isFirst && !results.isEmpty) else {
        totals.skip(range.count)
        continue
      }
      let evaluated = EvaluatedSuiteRange(set: part.set, results: results, unions: unions)
      totals.add(evaluated)
      try onRange(evaluated)
    }
    return totals
  }

  /// Whether every attack was finished within every threat model.
  private func isComplete(_ results: [SuiteResult]) -> Bool {
    results.count == threats.count && results.allSatisfy(\.isComplete)
  }
}

extension [Range<Int>] {
  /// How many times as many examples there are as in one of them.
  fileprivate func count(relativeTo range: Range<Int>) -> Double {
    Double(reduce(0) { $0 + $1.count }) / Double(Swift.max(range.count, 1))
  }
}
