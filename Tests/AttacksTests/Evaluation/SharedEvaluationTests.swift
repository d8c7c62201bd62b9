import Attacks
import Networks
import TestSupport
import Testing

/// An evaluation by several ranks has the results of one, bit for bit, times apart.
///
/// Traces of queries are left out: where an attack shows several points of an example in one pass, they depend on its batch.
@Suite struct SharedEvaluationTests {
  private static let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 2)
  private static let threat = ThreatModel(norm: .linf, radius: usualRadii[.linf] ?? 1)

  private static func untimed(_ outcomes: [ExampleOutcome]) -> [ExampleOutcome] {
    outcomes.map { outcome in
      var outcome = outcome
      (outcome.seconds, outcome.trace) = (0, nil)
      return outcome
    }
  }

  @Test(arguments: 2...4) func resultsDoNotDependOnRanks(count: Int) throws {
    let set = try evaluationSet(images(23, shape: Self.model.inputShape), model: Self.model, targeted: false)
    for attack in try quickAttacks(.linf) {
      let alone = try evaluator().evaluateCandidates(of: attack, on: set, threat: Self.threat, model: Self.model)
      let found = try ThreadRanks.run(count) { ranks in
        var evaluator = evaluator(batchSize: 3)
        evaluator.workers = Workers(count: 1 + ranks.own, ranks: ranks)
        return try evaluator.evaluateCandidates(of: attack, on: set, threat: Self.threat, model: Self.model)
      }
      for one in found {
        #expect(one.images == alone.images)
        #expect(Self.untimed(one.evaluation.examples) == Self.untimed(alone.evaluation.examples))
      }
    }
  }

  /// The last rank alone is told to stop: what the others have finished is known to all.
  @Test func allRanksKnowWhatIsFinished() throws {
    let set = try evaluationSet(images(20, shape: Self.model.inputShape), model: Self.model, targeted: false)
    let attack = ProjectedGradient(steps: 3)
    let found = try ThreadRanks.run(2) { ranks in
      var evaluator = evaluator(batchSize: 5)
      evaluator.workers = Workers(count: 1, ranks: ranks)
      evaluator.isCancelled = { ranks.own == 1 }
      return try evaluator.evaluateCandidates(of: attack, on: set, threat: Self.threat, model: Self.model)
    }
    for one in found {
      #expect(!one.evaluation.isComplete)
      #expect(one.evaluation.examples.map(\.id) == Array(0..<10))
      #expect(one.images.exampleCount == 10)
    }
  }

  @Test func moreRanksThanExamples() throws {
    let set = try evaluationSet(images(2, shape: Self.model.inputShape), model: Self.model, targeted: false)
    let found = try ThreadRanks.run(3) { ranks in
      var evaluator = evaluator()
      evaluator.workers = Workers(count: 1, ranks: ranks)
      return try evaluator.evaluate(FastGradient(), on: set, threat: Self.threat, model: Self.model)
    }
    for one in found { #expect(one.isComplete && one.examples.count == 2) }
  }
}
