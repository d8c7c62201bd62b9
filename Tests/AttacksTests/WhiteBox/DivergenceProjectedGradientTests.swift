import Attacks
import Networks
import TestSupport
import Testing

/// The label plays no part in the steps, and the start is the image with a little noise.
@Test func onlyThePredictionForTheImageCounts() throws {
  let set = try #require(tinySet)
  let others = try EvaluationSet(images: set.images, labels: set.labels.map { ($0 + 3) % 10 })
  let (candidates, seen) = try trace("pgd-kl:steps=5", set)
  #expect(try trace("pgd-kl:steps=5", others).candidates == candidates)
  let noise = zip(seen[0].scalars, set.images.scalars).map { $0 - $1 }
  // Half of the noise at an end of the pixel range is clipped; six standard deviations are never seen.
  #expect(noise.contains { $0 != 0 } && noise.allSatisfy { abs($0) < 0.006 })
}

private func trace(_ word: String, _ set: EvaluationSet) throws -> (candidates: Tensor<Float>, seen: [Tensor<Float>]) {
  try AttacksTests.trace(word, on: nil, set)
}

@Test func eachStepRaisesTheDivergence() throws {
  let set = try #require(tinySet)
  let model = try OracleClassifier.tiny()
  let reference = try model.logits(of: set.images)
  let (candidates, seen) = try trace("pgd-kl:steps=6,step-size=0.004", set)
  let sums = try (seen + [candidates]).map {
    KullbackLeiblerDivergence()(of: reference, from: try model.logits(of: $0)).values.reduce(0, +)
  }
  #expect(zip(sums, sums.dropFirst()).allSatisfy { $0 < $1 }, "\(sums)")
}

/// The divergence grows both ways: where the noise says towards more of the same class, restarts turn round.
@Test func withRestartsALinearModelBreaksAtItsOptimum() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)
  let all = images(20, shape: model.inputShape)
  for row in 0..<20 {
    let set = try evaluationSet(all.examples(row..<row + 1), model: model)
    let optimum = model.optimum(.linf, image: set.images.scalars, label: set.labels[0], bounds: 0...1)
    guard optimum.isFinite, optimum > 1e-2 else { continue }
    for (factor, status) in [(1.01, ExampleStatus.broken), (0.99, .robust)] {
      let outcome = try evaluator().evaluate(
        AttackCatalog.attack("pgd-kl:restarts=30"), on: set,
        threat: ThreatModel(norm: .linf, radius: Float(factor * optimum)), model: model
      ).examples[0]
      #expect(outcome.status == status, "\(row)")
    }
  }
}
