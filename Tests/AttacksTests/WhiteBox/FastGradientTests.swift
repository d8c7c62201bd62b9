import Attacks
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)

/// One image at a radius that is a multiple of its own optimum.
private func outcome(
  _ attack: any Attack, _ norm: Norm, factor: Double, image: Tensor<Float>, targeted: Bool = false
) throws -> ExampleOutcome? {
  let set = try evaluationSet(image, model: model, targeted: targeted)
  let optimum = model.optimum(norm, image: image.scalars, label: set.labels[0], bounds: 0...1)
  guard optimum.isFinite, optimum > 1e-3 else { return nil }
  let threat = ThreatModel(norm: norm, radius: Float(factor * optimum))
  return try evaluator().evaluate(attack, on: set, threat: threat, model: model).examples[0]
}

/// On a linear model of two classes the step is the optimum itself: in L∞ and L1 with the box, in L2 away from it.
@Test(arguments: [Norm.linf, .l2, .l1], [false, true])
func aFastStepBreaksAtTheOptimumAndNotBelow(norm: Norm, targeted: Bool) throws {
  let all = images(60, shape: model.inputShape, inner: norm == .l2)
  var checked = 0
  for row in 0..<60 {
    let image = all.examples(row..<row + 1)
    guard let above = try outcome(FastGradient(), norm, factor: 1.01, image: image, targeted: targeted) else {
      continue
    }
    // In L2 the optimum may still touch the box.
    if norm == .l2, above.distance > 0.35 { continue }
    checked += 1
    #expect(above.status == .broken, "\(above)")
    let below = try outcome(FastGradient(), norm, factor: 0.99, image: image, targeted: targeted)
    #expect(below?.status == .robust)
  }
  #expect(checked > 20, "\(checked)")
}

@Test func theStepIsTheFormulaOfThePaper() throws {
  let set = try evaluationSet(images(5, shape: model.inputShape), model: model)
  let (_, gradient) = try model.pullback(at: set.images) { logits, rows in
    Loss.crossEntropy(labelSmoothing: 0)(logits, labels: Array(set.labels[rows])).gradient
  }
  let points = try FastGradient().perturb(
    AttackTask(
      images: set.images, ids: set.ids, goal: set.goal, threat: ThreatModel(norm: .linf, radius: 0.25)),
    model: AttackedModel(model))
  for (index, point) in points.scalars.enumerated() {
    let slope = gradient.scalars[index]
    let moved = set.images.scalars[index] + (slope > 0 ? 0.25 : slope < 0 ? -0.25 : 0)
    // One unit in the last place where x ± ε rounds outwards.
    #expect(abs(point - min(max(moved, 0), 1)) <= Float(1).ulp / 2)
  }
}

@Test func oneGradientIsAllItTakes() throws {
  let set = try evaluationSet(images(9, shape: model.inputShape), model: model)
  let result = try evaluator(batchSize: 4).evaluate(
    FastGradient(), on: set, threat: ThreatModel(norm: .linf, radius: 0.1), model: model)
  #expect(result.forwards == 9 && result.backwards == 9)
}

@Test func aLossThatNeedsMoreClassesIsRefused() throws {
  #expect(throws: AttackError.classes(loss: .logitRatio, found: 2)) {
    try FastGradient(loss: .logitRatio).validate(threat: ThreatModel(norm: .linf, radius: 0.1), classCount: 2)
  }
}
