import Attacks
import Networks
import TestSupport
import Testing

private let shape: Shape = [1, 4, 5]
private let threat = ThreatModel(norm: .linf, radius: 0.2)
private let models = (0..<3).map { LinearClassifier.random(inputShape: shape, classCount: 3, seed: 20 + $0) }

private func set(_ model: any Classifier = models[0]) throws -> EvaluationSet {
  try evaluationSet(images(60, shape: shape), model: model)
}

/// The candidates are those of the attack on the surrogate alone; the judge's verdict is that of a check of them.
@Test func aSurrogateFindsAndTheModelJudges() throws {
  let set = try set()
  let attack = ProjectedGradient(steps: 5)
  let found = try evaluator().evaluateCandidates(
    of: CandidateSearch(attack, on: models[1]), on: set, threat: threat, model: models[0])
  let candidates = try attack.withoutEarlyStop.perturb(
    AttackTask(images: set.images, ids: set.ids, goal: set.goal, threat: threat, random: RandomSource(seed: 1)),
    model: AttackedModel(models[1]))
  #expect(found.images == candidates)
  let judged = try evaluator().verify(candidates, of: set, threat: threat, model: models[0])
  #expect(found.evaluation.examples.map(\.status) == judged.examples.map(\.status))
  #expect((1..<60).contains(judged.successRate.hits))
}

/// Every step is made, on the surrogate, and counted; the model behind is never asked for a gradient.
@Test func thePassesAreThoseOfTheSurrogate() throws {
  let (judge, surrogate) = (RecordingClassifier(models[0]), RecordingClassifier(models[1]))
  let result = try evaluator(batchSize: 60).evaluate(
    CandidateSearch(ProjectedGradient(steps: 5), on: surrogate), on: set(), threat: threat, model: judge)
  #expect(judge.gradients.isEmpty && surrogate.gradients.count == 5)
  #expect(result.backwards == 60 * 5 && result.forwards == 60 * 5)
}

@Test func aQueryBudgetHoldsForTheSurrogate() throws {
  var limited = evaluator()
  limited.queryBudget = 3
  let result = try limited.evaluate(
    CandidateSearch(ProjectedGradient(steps: 5), on: models[1]), on: set(), threat: threat, model: models[0])
  #expect(result.examples.allSatisfy { $0.backwards <= 3 })
}

/// Each entry is what the surrogate's candidates do to the target, among images that all models get right.
@Test func theMatrixIsMadeOfSingleRuns() throws {
  let set = try set()
  let matrix = try #require(
    try evaluator().transferMatrix(of: ProjectedGradient(steps: 5), among: models, on: set, threat: threat))
  let right = try (0..<60).filter { row in
    let image = set.images.examples(row..<row + 1)
    return try models.allSatisfy { try predictions(of: $0.logits(of: image))[0] == set.labels[row] }
  }
  #expect(matrix.set.ids == right && right.count > 5 && right.count < 60)
  for (s, t) in (0..<9).map({ ($0 / 3, $0 % 3) }) {
    let single = try evaluator().evaluate(
      CandidateSearch(ProjectedGradient(steps: 5), on: models[s]), on: matrix.set, threat: threat, model: models[t])
    #expect(matrix.success(surrogate: s, target: t) == single.successRate, "\(s) \(t)")
  }
  // On the model itself an attack finds what on another it does not.
  for t in 0..<3 {
    let own = matrix.success(surrogate: t, target: t).hits
    for s in 0..<3 { #expect(matrix.success(surrogate: s, target: t).hits <= own) }
  }
  #expect(matrix.evaluations[0][1].backwards == 0 && matrix.evaluations[0][0].backwards == 5 * right.count)
}

@Test func withoutAnExampleThatAllGetRightTheMatrixIsEmpty() throws {
  let two = try EvaluationSet(images: images(1, shape: shape), labels: [2])
  let wrong = LinearClassifier(inputShape: shape, weights: Tensor(shape: [3, 20]), biases: [1, 0, 0])
  let matrix = try #require(
    try evaluator().transferMatrix(of: FastGradient(), among: [models[0], wrong], on: two, threat: threat))
  #expect(matrix.set.count == 0 && matrix.success(surrogate: 0, target: 1).fraction == nil)
}

@Test func aCancelledMatrixIsNone() throws {
  var cancelled = evaluator()
  cancelled.isCancelled = { true }
  #expect(try cancelled.transferMatrix(of: FastGradient(), among: models, on: set(), threat: threat) == nil)
}

/// A model whose gradients are zero stands against the attack on itself, and falls to what is found on its twin.
@Test func aModelThatMasksItsGradientsIsNamed() throws {
  let twin = models[1]
  let set = try set(twin)
  let masked = FaultyClassifier(twin, fault: .zeroGradient, images: set.images)
  let matrix = try #require(
    try evaluator().transferMatrix(
      of: ProjectedGradient(steps: 5), among: [masked, twin], on: set, threat: threat))
  let hits = matrix.success(surrogate: 1, target: 0).hits - matrix.success(surrogate: 0, target: 0).hits
  #expect(hits > 5)
  guard case .surrogateIsStronger(let examples, 1, 0)? = matrix.diagnostics.first, matrix.diagnostics.count == 1 else {
    Issue.record("\(matrix.diagnostics)")
    return
  }
  #expect(examples >= hits)
}
