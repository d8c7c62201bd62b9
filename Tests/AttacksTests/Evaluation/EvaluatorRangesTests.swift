import Attacks
import Hyperparameters
import Networks
import Synchronization
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 2)
private let threat = ThreatModel(norm: .linf, radius: 0.2)
private let ranges = [0..<7, 7..<8, 8..<20, 20..<23]

/// An attack that throws for some examples.
private struct FailingAttack: Attack {
  static let method = Method(name: "failing", title: "Failing", summary: "Fails.")
  static let norms = Norm.allCases
  /// The only example that makes it fail; nil for every one.
  var victim: Int?

  func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    if task.ids.contains(where: { $0 == victim ?? $0 }) { throw Failure() }
    return task.images
  }
}

private struct Failure: Error {}

@Suite struct EvaluatorRangesTests {
  private let whole: EvaluationSet

  init() throws {
    whole = try evaluationSet(images(23, shape: model.inputShape), model: model)
  }

  private func evaluate(
    _ attack: any Attack, by evaluator: Evaluator, ranges: [Range<Int>] = ranges, keepsCandidates: Bool = true,
    onRange: (EvaluatedRange) throws -> Void = { _ in }
  ) throws -> EvaluationSummary {
    try evaluator.evaluate(
      CandidateSearch(attack), inRanges: ranges, keepsCandidates: keepsCandidates, threat: threat, model: model,
      reading: { whole.gathering(Array($0)) }, onRange: onRange)
  }

  @Test(arguments: [1, 3]) func rangesGiveWhatTheWholeGives(workers: Int) throws {
    let evaluator = evaluator(batchSize: 5, workers: workers)
    for attack in [ProjectedGradient(), DeepFool(), SquareAttack()] as [any Attack] {
      let expected = try evaluator.evaluateCandidates(of: attack, on: whole, threat: threat, model: model)
      var (examples, images): ([ExampleOutcome], [Tensor<Float>]) = ([], [])
      let found = try evaluate(attack, by: evaluator) { range in
        examples += range.evaluation.examples
        images.append(try #require(range.candidates))
      }
      #expect(Tensor.concatenating(images) == expected.images)
      #expect(examples.map(\.status) == expected.evaluation.examples.map(\.status))
      let summary = expected.evaluation.summary
      #expect(found.fingerprint == ExampleOutcome.fingerprint(of: expected.evaluation.examples))
      #expect(found.robustAccuracy == summary.robustAccuracy && found.cleanAccuracy == summary.cleanAccuracy)
      #expect(found.meanDistance == summary.meanDistance && found.largestDistance == summary.largestDistance)
      #expect(found.forwards == summary.forwards && found.backwards == summary.backwards)
      #expect(found.queriesToSuccess == summary.queriesToSuccess)
      #expect(found.minimumNorms.found == (attack is DeepFool ? summary.minimumNorms.found : []))
      #expect(found.isComplete && found.count == 23 && found.seconds > 0)
    }
  }

  @Test func candidatesAreKeptWhereTheyAreAskedFor() throws {
    _ = try evaluate(FastGradient(), by: evaluator(), keepsCandidates: false) { #expect($0.candidates == nil) }
  }

  /// A range that fails as a whole is no failure of the whole.
  @Test func onlyAFailureOfEveryExampleIsAnError() throws {
    let found = try evaluate(FailingAttack(victim: 7), by: evaluator())
    #expect(found.invalidCount == 1 && found.firstInvalid?.id == 7 && found.count == 23)
    #expect(throws: Failure.self) { try evaluate(FailingAttack(), by: evaluator()) }
  }

  /// Of a sorted dataset a range may hold nothing but examples of the target class, which are left out.
  @Test func emptyRangesAreNoRanges() throws {
    let evaluator = evaluator()
    let found = try evaluator.evaluate(
      CandidateSearch(FastGradient()), inRanges: ranges, keepsCandidates: true, threat: threat, model: model,
      reading: { whole.gathering($0.lowerBound == 7 ? [] : Array($0)) }, onRange: { _ in })
    #expect(found.count == 22 && found.requested == 22 && found.isComplete)
  }

  @Test func cancellationKeepsWhatIsFinished() throws {
    let isCancelled = Mutex(false)
    var evaluator = evaluator(batchSize: 2)
    evaluator.isCancelled = { isCancelled.withLock { $0 } }
    evaluator.onProgress = { progress in
      // Of the third range.
      if progress.examplesDone == 4, progress.examplesTotal == 12 { isCancelled.withLock { $0 = true } }
    }
    var counts: [Int] = []
    let found = try evaluate(ProjectedGradient(), by: evaluator) { counts.append($0.evaluation.examples.count) }
    #expect(counts.count == 3 && counts.prefix(2) == [7, 1] && (4..<12).contains(counts[2]))
    #expect(found.count == counts.reduce(0, +) && found.requested == 23 && !found.isComplete)
  }

  @Test func progressGoesOnFromRangeToRange() throws {
    let parts = Mutex<[ClosedRange<Double>]>([])
    var evaluator = evaluator(batchSize: 5)
    evaluator.part = 0.5...1
    evaluator.onProgress = { progress in parts.withLock { $0.append(progress.part) } }
    _ = try evaluate(FastGradient(), by: evaluator)
    let all = parts.withLock { $0 }
    #expect(all.first?.lowerBound == 0.5 && all.last?.upperBound == 1)
    #expect(zip(all, all.dropFirst()).allSatisfy { $0 == $1 || $0.upperBound == $1.lowerBound })
  }
}
