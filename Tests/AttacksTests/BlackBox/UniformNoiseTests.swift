import Attacks
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)

/// The same logits and nothing else.
private struct Opaque: Classifier {
  let base: LinearClassifier
  var inputShape: Shape { base.inputShape }
  var classCount: Int { base.classCount }
  func logits(of images: Tensor<Float>) throws -> Tensor<Float> { try base.logits(of: images) }
}

@Test(arguments: [Norm.linf, .l2, .l1]) func noiseBreaksNothingBelowTheOptimumAndSomethingFarAbove(norm: Norm) throws {
  let all = images(30, shape: model.inputShape)
  var broken = 0
  for row in 0..<30 {
    let set = try evaluationSet(all.examples(row..<row + 1), model: model)
    let optimum = model.optimum(norm, image: set.images.scalars, label: set.labels[0], bounds: 0...1)
    guard optimum.isFinite, optimum > 1e-3 else { continue }
    for factor in [0.99, 10] {
      let result = try evaluator().evaluate(
        UniformNoise(), on: set, threat: ThreatModel(norm: norm, radius: Float(factor * optimum)),
        model: Opaque(base: model))
      if factor < 1 { #expect(result.examples[0].status == .robust) } else { broken += result.successRate.hits }
    }
  }
  #expect(broken > 5, "\(broken)")
}

@Test func aGradientAttackNeedsGradients() throws {
  let set = try evaluationSet(images(3, shape: model.inputShape), model: model)
  #expect(throws: AttackError.noGradient(attack: "pgd")) {
    try evaluator().evaluate(
      ProjectedGradient(), on: set, threat: ThreatModel(norm: .linf, radius: 0.1), model: Opaque(base: model))
  }
}

@Test func theFirstAdversarialDrawIsKeptOrTheOneWithTheLargestLoss() throws {
  let model = BandClassifier(bands: [0.6...0.7])
  let set = try EvaluationSet(images: Tensor(shape: [50, 1], repeating: 0.45), labels: Array(repeating: 0, count: 50))
  let threat = ThreatModel(norm: .linf, radius: 0.4)
  let source = RandomSource(seed: 1)
  let draws = (0..<5).map {
    threat.randomStart(around: set.images, ids: set.ids, restart: $0, source: source, purpose: .noise).scalars
  }
  let points = try UniformNoise(draws: 5).perturb(
    AttackTask(images: set.images, ids: set.ids, goal: set.goal, threat: threat, random: source),
    model: QueriedModel(model)
  ).scalars
  var broken = 0
  for row in 0..<50 {
    let tries = draws.map { $0[row] }
    let hit = tries.first { model.bands[0].contains($0) }
    broken += hit == nil ? 0 : 1
    #expect(points[row] == hit ?? tries.max())
  }
  #expect((5...45).contains(broken))
}

@Test func drawsAreCountedUntilTheFirstSuccess() throws {
  let model = BandClassifier(bands: [0.6...0.7])
  let set = try EvaluationSet(images: Tensor(shape: [50, 1], repeating: 0.45), labels: Array(repeating: 0, count: 50))
  let result = try evaluator(batchSize: 9).evaluate(
    UniformNoise(draws: 5), on: set, threat: ThreatModel(norm: .linf, radius: 0.4), model: model)
  #expect(result.backwards == 0)
  #expect(result.examples.allSatisfy { $0.isBroken ? (1...5).contains($0.forwards) : $0.forwards == 5 })
  #expect(Set(result.examples.map(\.forwards)).count > 2)
}
