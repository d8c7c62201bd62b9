import Attacks
import Hyperparameters
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 2)
private let threat = ThreatModel(norm: .linf, radius: 0.15)

/// An attack that never asks whether it may.
private struct Spendthrift: Attack {
  static let method = Method(name: "spendthrift", title: "Spendthrift", summary: "Asks too often.")
  static let norms: [Norm] = [.linf]

  func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    for _ in 0..<10 { _ = try model.logits(of: task.images, for: task.ids) }
    return task.images
  }
}

private func evaluation(
  _ attack: any Attack, budget: Int?, batchSize: Int = 16, workers: Int = 1
) throws -> EvaluatedCandidates {
  var evaluator = evaluator(batchSize: batchSize, workers: workers)
  evaluator.queryBudget = budget
  let set = try evaluationSet(images(24, shape: model.inputShape), model: model)
  return try evaluator.evaluateCandidates(of: attack, on: set, threat: threat, model: model)
}

@Test(arguments: [1, 2, 7]) func noAttackSpendsMoreThanItsBudget(budget: Int) throws {
  let attacks: [any Attack] = [
    FastGradient(), ProjectedGradient(steps: 20), ProjectedGradient(steps: 3, restarts: 4), UniformNoise(draws: 50),
    ProjectedGradient(steps: 3, restarts: 4, earlyStop: false),
  ]
  for attack in attacks {
    let found = try evaluation(attack, budget: budget)
    #expect(found.evaluation.examples.allSatisfy { $0.forwards <= budget && !$0.status.isInvalid }, "\(attack.title)")
    #expect(found.evaluation.examples.contains { $0.forwards > 0 })
    // Batches and threads change nothing.
    let other = try evaluation(attack, budget: budget, batchSize: 5, workers: 3)
    #expect(other.images == found.images)
    #expect(other.evaluation.examples.map(\.forwards) == found.evaluation.examples.map(\.forwards))
  }
}

@Test func aLargeBudgetChangesNothing() throws {
  for attack in [ProjectedGradient(steps: 20), ProjectedGradient(steps: 5, restarts: 3)] as [any Attack] {
    let (free, bounded) = (try evaluation(attack, budget: nil), try evaluation(attack, budget: 1000))
    #expect(free.images == bounded.images)
  }
}

@Test func anAttackThatDoesNotAskIsStoppedAndFindsNothing() throws {
  let found = try evaluation(Spendthrift(), budget: 4)
  #expect(found.evaluation.examples.allSatisfy { $0.status == .robust && $0.distance == 0 })
  #expect(try evaluation(Spendthrift(), budget: 10).evaluation.robustAccuracy.hits == 24)
}
