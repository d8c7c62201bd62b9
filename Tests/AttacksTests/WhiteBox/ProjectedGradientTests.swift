import Attacks
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)

private func perturb(
  _ attack: ProjectedGradient, _ set: EvaluationSet, _ threat: ThreatModel, model: any DifferentiableClassifier
) throws -> Tensor<Float> {
  try attack.perturb(
    AttackTask(
      images: set.images, ids: set.ids, goal: set.goal, threat: threat, random: RandomSource(seed: 1)),
    model: AttackedModel(model))
}

/// Pixels at the ends of the box: a little above the closed-form optimum everything must be found, below it nothing.
///
/// 80 steps in L∞, for coordinates of little weight. On the L2
/// sphere a step of ε/16 shortens the angle to the optimum by a 17th: from a right angle 40 steps leave 0.14, which costs
/// 1 %, and a worse start more. In L1 the last step moves one coordinate, and the projection takes as much from others.
@Test(arguments: [Norm.linf, .l2, .l1], [Loss.crossEntropy, .margin])
func theOptimumIsReachedAndNotUndercut(norm: Norm, loss: Loss) throws {
  let all = images(40, shape: model.inputShape)
  var checked = 0
  for row in 0..<40 {
    let set = try evaluationSet(all.examples(row..<row + 1), model: model)
    let optimum = model.optimum(norm, image: set.images.scalars, label: set.labels[0], bounds: 0...1)
    guard optimum.isFinite, optimum > 1e-3 else { continue }
    checked += 1
    func status(_ factor: Double, randomStart: Bool) throws -> ExampleStatus {
      let threat = ThreatModel(norm: norm, radius: Float(factor * optimum))
      let attack = ProjectedGradient(steps: norm == .linf ? 80 : 40, randomStart: randomStart, loss: loss)
      return try evaluator().evaluate(attack, on: set, threat: threat, model: model).examples[0].status
    }
    for randomStart in [false, true] {
      let slack = norm == .linf ? 1.01 : norm == .l2 ? 1.05 : 1.1
      #expect(try status(slack, randomStart: randomStart) == .broken, "\(row)")
    }
    #expect(try status(0.99, randomStart: true) == .robust)
  }
  #expect(checked > 20)
}

@Test(arguments: [Norm.linf, .l2, .l1]) func itIsNoWeakerThanOneStep(norm: Norm) throws {
  let model = try OracleClassifier.tiny()
  let set = try evaluationSet(images(60, shape: model.inputShape), model: model)
  let radius: Float = norm == .linf ? 0.05 : (norm == .l2 ? 0.25 : 0.9)
  let threat = ThreatModel(norm: norm, radius: radius)
  let one = try evaluator(workers: 2).evaluate(FastGradient(), on: set, threat: threat, model: model)
  let many = try evaluator(workers: 2).evaluate(
    ProjectedGradient(steps: 80), on: set, threat: threat, model: model)
  #expect((5...55).contains(one.successRate.hits), "\(one.successRate)")
  #expect(many.successRate.hits >= one.successRate.hits, "\(many.successRate) against \(one.successRate)")
}

@Test func anExampleLeavesWithItsFirstAdversarialPoint() throws {
  let set = try evaluationSet(images(30, shape: model.inputShape, inner: true), model: model)
  let threat = ThreatModel(norm: .linf, radius: 0.4)
  let attack = ProjectedGradient(steps: 40, stepSize: 0.01, randomStart: false)
  let result = try evaluator().evaluate(attack, on: set, threat: threat, model: model)
  #expect(result.successRate.hits > 10)
  for (row, example) in result.examples.enumerated() where example.isBroken {
    let optimum = model.optimum(
      .linf, image: set.images.examples(row..<row + 1).scalars, label: example.label, bounds: 0...1)
    let steps = Int((optimum / 0.01).rounded(.up))
    // Forty sums of 0.01 are off by less than 1e-6.
    #expect(abs(Double(example.distance) - 0.01 * Double(steps)) < 1e-6 || steps == 0)
    // The point is recognised in the pass after the step that reaches it; the 40th step needs none.
    #expect(example.backwards == min(steps + 1, 40), "\(optimum)")
  }
}

@Test func withoutEarlyStopEveryStepIsMadeOnEveryExample() throws {
  let set = try evaluationSet(images(30, shape: model.inputShape, inner: true), model: model)
  let threat = ThreatModel(norm: .linf, radius: 0.3)
  let attack = ProjectedGradient(steps: 40, stepSize: 0.01, randomStart: false, earlyStop: false)
  let result = try evaluator().evaluate(attack, on: set, threat: threat, model: model)
  #expect(result.backwards == 30 * 40 && result.forwards == 30 * 40)
  // 40 steps of 0.01 and 0.3 of room: every pixel that has a gradient ends at the edge.
  #expect(result.examples.allSatisfy { abs($0.distanceLinf - 0.3) < 1e-6 })
}

@Test func withoutStepsTheStartIsReturned() throws {
  let set = try evaluationSet(images(8, shape: model.inputShape), model: model)
  let threat = ThreatModel(norm: .l2, radius: 0.3)
  let start = threat.randomStart(around: set.images, ids: set.ids, restart: 0, source: RandomSource(seed: 1))
  #expect(try perturb(ProjectedGradient(steps: 0), set, threat, model: model) == start)
  #expect(try perturb(ProjectedGradient(steps: 0, randomStart: false), set, threat, model: model) == set.images)
}

/// Two libraries keep the last restart, or the best whole batch. The gradient is zero here, so the point of each
/// restart is its random start, and which restart breaks which example is known.
@Test(arguments: [false, true]) func restartsAreKeptPerExample(earlyStop: Bool) throws {
  let model = BandClassifier(bands: [0.5...0.55, 0.6...0.7, 0.8...0.9])
  let count = 64
  let set = try EvaluationSet(
    images: Tensor(shape: [count, 1], repeating: 0.45), labels: Array(repeating: 0, count: count))
  let threat = ThreatModel(norm: .linf, radius: 0.45)
  let starts = (0..<3).map {
    threat.randomStart(around: set.images, ids: set.ids, restart: $0, source: RandomSource(seed: 1)).scalars
  }
  let points = try perturb(
    ProjectedGradient(steps: 2, restarts: 3, earlyStop: earlyStop), set, threat, model: model
  ).scalars
  var brokenAt = [0, 0, 0, 0]
  for row in 0..<count {
    let tries = starts.map { $0[row] }
    let hit = tries.firstIndex { pixel in model.bands.contains { $0.contains(pixel) } }
    brokenAt[hit ?? 3] += 1
    // Of tries none of which succeeds the largest loss, which for this model is the largest pixel.
    #expect(points[row] == hit.map { tries[$0] } ?? tries.max())
  }
  #expect(brokenAt.allSatisfy { $0 > 3 }, "\(brokenAt)")
}

@Test func theLastPointCounts() throws {
  // One step of the whole radius breaks every example; only the pass after the last step can know.
  let set = try evaluationSet(images(20, shape: model.inputShape, inner: true), model: model)
  let threat = ThreatModel(norm: .linf, radius: 0.4)
  let attack = ProjectedGradient(steps: 1, stepSize: 0.4, randomStart: false, restarts: 2)
  let result = try evaluator().evaluate(attack, on: set, threat: threat, model: model)
  #expect(result.successRate.fraction == 1)
  #expect(result.backwards == 20 && result.forwards == 40)
}

@Test func targetsAreReached() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 5, seed: 6)
  let set = try evaluationSet(images(40, shape: model.inputShape), model: model, targeted: true)
  let threat = ThreatModel(norm: .linf, radius: 0.5)
  for loss in [Loss.crossEntropy, .margin] {
    let result = try evaluator().evaluate(
      ProjectedGradient(loss: loss), on: set, threat: threat, model: model)
    #expect(result.successRate.hits > 20, "\(result.successRate)")
    for example in result.examples {
      #expect(example.isBroken == (example.adversarialPrediction == example.target))
    }
  }
}

/// 2.5 ε over the number of steps, in every norm: together they go beyond the 2 ε from one side of the ball to the other.
@Test(arguments: [Norm.linf, .l2, .l1]) func defaultStepsAreTheDocumentedOnes(norm: Norm) {
  let threat = ThreatModel(norm: norm, radius: 2)
  #expect(ProjectedGradient().stepSize(for: threat) == 0.125)
  #expect(ProjectedGradient(steps: 10).stepSize(for: threat) == 0.5)
  #expect(ProjectedGradient(stepSize: 0.7).stepSize(for: threat) == 0.7)
}

@Test func senselessParametersAreRefused() {
  let threat = ThreatModel(norm: .linf, radius: 0.3)
  for attack in [
    ProjectedGradient(steps: -1), ProjectedGradient(restarts: 0), ProjectedGradient(stepSize: 0),
    ProjectedGradient(stepSize: .nan), ProjectedGradient(loss: .logitRatio),
  ] {
    #expect(throws: AttackError.self) { try attack.validate(threat: threat, classCount: 2) }
  }
}

/// A model whose gradients come with logits that take every example for broken.
private struct HastyClassifier: DifferentiableClassifier {
  let base: LinearClassifier
  let pullbackLogitsAreExact: Bool
  var inputShape: Shape { base.inputShape }
  var classCount: Int { base.classCount }

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> { try base.logits(of: images) }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let pass = try base.pullback(at: images, cotangent: cotangent)
    return (Tensor(shape: pass.logits.shape, scalars: pass.logits.scalars.map { -$0 }), pass.gradient)
  }
}

/// Gradients in bfloat16 bring logits that may be wrong. An example that only they take for broken goes on; believed, they
/// would end the attack at the image itself, and the model would look robust.
@Test func onlyTheLogitsThatJudgeEndTheSearch() throws {
  let set = try evaluationSet(images(30, shape: model.inputShape, inner: true), model: model)
  let threat = ThreatModel(norm: .linf, radius: 0.4)
  let attack = ProjectedGradient(steps: 40, stepSize: 0.01, randomStart: false)
  func hits(_ model: any DifferentiableClassifier) throws -> Int {
    try evaluator().evaluate(attack, on: set, threat: threat, model: model).successRate.hits
  }
  let expected = try hits(model)
  #expect(expected > 10)
  #expect(try hits(HastyClassifier(base: model, pullbackLogitsAreExact: false)) == expected)
  #expect(try hits(HastyClassifier(base: model, pullbackLogitsAreExact: true)) == 0)
}
