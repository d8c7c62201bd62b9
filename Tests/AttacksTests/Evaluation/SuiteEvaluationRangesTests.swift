import Attacks
import Hyperparameters
import Networks
import Synchronization
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 2)
private let threats = [0.05, 0.15, 0.4].map { ThreatModel(norm: .linf, radius: $0) }
// One of them holds nothing.
private let ranges = [0..<7, 7..<8, 8..<20, 20..<20, 20..<40]

/// An attack that throws for examples of some ids.
private struct FailingAttack: Attack {
  static let method = Method(name: "failing", title: "Failing", summary: "Fails.")
  static let norms = Norm.allCases
  var victims = 0..<0

  func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    if task.ids.contains(where: victims.contains) { throw Failure() }
    return task.images
  }
}

private struct Failure: Error {}

/// What a summary says that does not depend on the time.
private func numbers(_ summary: SuiteSummary) -> [String] {
  ["\(summary.clean) \(summary.union) \(summary.worstBare as Any) \(summary.diagnostics)"]
    + summary.attacks.map { found in
      let bare = found.bare
      return "\(found.attack.title) \(found.rowCount) \(found.accuracies) \(found.forwards) \(found.gradients) "
        + "\(bare?.successRate as Any) \(bare?.meanDistance as Any) \(bare?.minimumNorms as Any) "
        + "\(bare?.queriesToSuccess as Any) \(bare?.fingerprint as Any) \(bare?.invalidCount as Any)"
    }
}

@Suite struct SuiteEvaluationRangesTests {
  private let whole: EvaluationSet

  init() throws {
    whole = try evaluationSet(images(40, shape: model.inputShape), model: model)
  }

  private func evaluation(_ attacks: [any Attack], _ policy: Suite.Policy = .each) throws -> SuiteEvaluation {
    let suite = Suite(name: "some", attacks: attacks, policy: policy)
    var evaluation = try SuiteEvaluation(suite, on: whole, threats: threats, target: UndefendedModel(model))
    evaluation.keepsCandidates = true
    return evaluation
  }

  private let attacks: [any Attack] = [
    FastGradient(), UniformNoise(draws: 5), DeepFool(), ProjectedGradient(steps: 10),
  ]

  private func run(
    _ evaluation: SuiteEvaluation, _ ranges: [Range<Int>] = ranges, by evaluator: Evaluator,
    onEvent: (SuiteEvaluation.Event) throws -> Void = { _ in },
    onRange: (EvaluatedSuiteRange) throws -> Void = { _ in }
  ) throws -> SuiteTotals {
    try evaluation.run(
      inRanges: ranges, by: evaluator, reading: { whole.gathering(Array($0)) }, onEvent: onEvent, onRange: onRange)
  }

  @Test(arguments: Suite.Policy.allCases, [1, 3])
  func rangesGiveWhatTheWholeGives(policy: Suite.Policy, workers: Int) throws {
    let evaluator = evaluator(batchSize: 5, workers: workers)
    let evaluation = try evaluation(attacks, policy)
    let (results, unions) = try evaluation.run(by: evaluator)
    var (candidates, counts): ([Tensor<Float>], [Int]) = ([], [])
    let totals = try run(
      evaluation, by: evaluator,
      onRange: { range in
        candidates.append(try #require(range.union.found?.images))
        counts.append(range.set.count)
      })
    #expect(counts == ranges.map(\.count) && totals.count == 40 && totals.isComplete)
    #expect(totals.results.map(\.threat) == threats && totals.results.allSatisfy(\.isComplete))
    #expect(totals.results.map(numbers) == results.map { numbers($0.summary) })
    #expect(Set(totals.results.map(\.union.accuracy)).count == 3)
    let found = try unions.map { try #require($0.found) }
    #expect(Tensor.concatenating(candidates) == found.last?.images)
    // What was found within each radius is what the table says of it.
    #expect(found.map(\.evaluation.robustAccuracy.fraction) == results.map(\.union.accuracy))
    let one = try run(evaluation, [0..<40], by: evaluator)
    let outcomes = results.flatMap { $0.attacks.flatMap { $0.judgement.evaluations.flatMap(\.examples) } }
    #expect(one.fingerprint == ExampleOutcome.fingerprint(of: outcomes))
    #expect(one.results.map(numbers) == totals.results.map(numbers))
  }

  /// The time that all take is foretold once.
  @Test func theTimeIsEstimatedOnce() throws {
    var estimates = 0
    _ = try run(evaluation([FastGradient()]), by: evaluator(), onEvent: { if case .estimated = $0 { estimates += 1 } })
    #expect(estimates == 1)
  }

  /// A model or an attack that fails from the beginning is an error at once; one that fails on a later range is not.
  @Test func failuresOfALaterRangeAreInvalidExamples() throws {
    let totals = try run(evaluation([FailingAttack(victims: 7..<8)]), by: evaluator())
    let found = try #require(totals.results.first?.attacks.first)
    #expect(found.bare?.invalidCount == 1 && found.bare?.firstInvalid?.id == 7 && totals.isComplete)
    #expect(throws: Failure.self) { try run(evaluation([FailingAttack(victims: 0..<40)]), by: evaluator()) }
  }

  @Test func cancellationKeepsFinishedRanges() throws {
    let isCancelled = Mutex(false)
    var evaluator = evaluator()
    evaluator.isCancelled = { isCancelled.withLock { $0 } }
    let evaluation = try evaluation(attacks)
    var (finished, counts) = (0, [Int]())
    let totals = try run(evaluation, by: evaluator) { event in
      guard case .finishedAttack = event else { return }
      finished += 1
      // In the third range.
      if finished == 30 { isCancelled.withLock { $0 = true } }
    } onRange: {
      counts.append($0.set.count)
    }
    #expect(counts == [7, 1] && totals.count == 8 && totals.requested == 40 && !totals.isComplete)
    #expect(totals.results.allSatisfy { $0.isComplete && $0.union.count == 8 })
  }

  /// There is nothing but what the first range has.
  @Test func cancellationInTheFirstRangeKeepsItsAttacks() throws {
    let isCancelled = Mutex(false)
    var evaluator = evaluator()
    evaluator.isCancelled = { isCancelled.withLock { $0 } }
    let totals = try run(evaluation(attacks), by: evaluator) { event in
      if case .finishedAttack(_, let result) = event, result.threat == threats[1] { isCancelled.withLock { $0 = true } }
    }
    #expect(totals.results.map(\.attacks.count) == [4, 1] && totals.count == 7 && totals.requested == 40)
    let none = try run(evaluation(attacks), by: evaluator)
    #expect(none.results.isEmpty && none.count == 0 && none.requested == 40)
  }

  @Test func progressGoesOnFromRangeToRange() throws {
    let parts = Mutex<[ClosedRange<Double>]>([])
    var evaluator = evaluator()
    evaluator.onProgress = { progress in parts.withLock { $0.append(progress.part) } }
    _ = try run(evaluation([FastGradient(), ProjectedGradient()]), by: evaluator)
    let all = parts.withLock { $0 }
    #expect(all.first?.lowerBound == 0 && abs((all.last?.upperBound ?? 0) - 1) < 1e-12)
    #expect(zip(all, all.dropFirst()).allSatisfy { $0 == $1 || abs($0.upperBound - $1.lowerBound) < 1e-12 })
  }
}
