import Attacks
import Networks
import TestSupport
import Testing

private let threat = ThreatModel(norm: .linf, radius: 0.1)

private func settings(steps: Int) -> AutoPGDSettings {
  var settings = AutoPGDSettings()
  settings.steps = steps
  return settings
}

/// Remembers the gradients with respect to the logits that it is asked for.
private final class Cotangents: DifferentiableClassifier, @unchecked Sendable {
  let base: LinearClassifier
  var seen: [[Float]] = []
  init(_ base: LinearClassifier) { self.base = base }
  var inputShape: Shape { base.inputShape }
  var classCount: Int { base.classCount }
  let pullbackLogitsAreExact = true

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> { try base.logits(of: images) }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    try base.pullback(at: images) { logits, rows in
      let cotangent = try cotangent(logits, rows)
      self.seen.append(cotangent.scalars)
      return cotangent
    }
  }
}

/// Five classes, all far from the label's: logits 10, 4, 3, 2, 1 with slopes of very different size.
private func steep() -> LinearClassifier {
  let slopes: [Float] = [0, 0.1, 1, 0.5, 3]
  return LinearClassifier(
    inputShape: [2], weights: Tensor(shape: [5, 2], scalars: slopes.flatMap { [$0, 0] }), biases: [10, 4, 3, 2, 1])
}

/// The classes towards which gradients were taken, in turn, each once; the image is zero, so that logits are biases.
private func order(_ attack: any Attack, goal: Goal = .misclassify(labels: [0])) throws -> [Int] {
  let model = Cotangents(steep())
  let task = AttackTask(images: Tensor(shape: [1, 2]), ids: [0], goal: goal, threat: threat)
  _ = try attack.perturb(task, model: AttackedModel(model))
  var order: [Int] = []
  for cotangent in model.seen {
    let target = cotangent.indices.max { cotangent[$0] < cotangent[$1] } ?? -1
    if order.last != target { order.append(target) }
  }
  return order
}

@Test func classesAreTriedByTheirLogits() throws {
  let attack = TargetedAutoPGD(loss: .margin, settings: settings(steps: 2))
  #expect(try order(attack) == [1, 2, 3, 4])
  #expect(try order(TargetedAutoPGD(targets: 2, loss: .margin, settings: settings(steps: 2))) == [1, 2])
  #expect(try order(attack, goal: .classify(as: [3])) == [3])
}

/// Distances to the boundaries are 60, 7, 16 and 3: MALT looks at every class by its logit, then turns to the nearest.
@Test func maltTriesTheNearestBoundaryFirst() throws {
  let found = try order(TargetedAutoPGD(targeting: .malt, loss: .margin, settings: settings(steps: 2)))
  #expect(found == [1, 2, 3, 4] + [2, 3, 1] || found == [1, 2, 3, 4, 4, 2, 3, 1])
  #expect(MALT().attack == TargetedAutoPGD(targeting: .malt))
}

@Test func fewerClassesMeanAnotherLoss() throws {
  for attack in [TargetedAutoPGD(), MALT()] as [any FewClassFallback] {
    let name = type(of: attack).name
    for count in 2...3 {
      #expect(throws: AttackError.targetedClasses(attack: name, found: count, expected: 4, instead: "margin")) {
        try attack.validate(threat: threat, classCount: count)
      }
      let other = try #require(attack.fallback(classCount: count))
      try other.validate(threat: threat, classCount: count)
      let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: count, seed: 3)
      let set = try evaluationSet(images(20, shape: model.inputShape), model: model)
      let result = try evaluator().evaluate(other, on: set, threat: threat, model: model)
      #expect(result.successRate.hits > 0)
    }
    #expect(attack.fallback(classCount: 4) == nil)
    try attack.validate(threat: threat, classCount: 4)
  }
}

/// On two classes with the margin it is nothing but APGD on the margin.
@Test func onTwoClassesItIsTheMargin() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 3)
  let set = try evaluationSet(images(30, shape: model.inputShape), model: model)
  func points(_ attack: any Attack) throws -> Tensor<Float> {
    try evaluator().evaluateCandidates(of: attack, on: set, threat: threat, model: model).images
  }
  #expect(
    try points(TargetedAutoPGD(loss: .margin, settings: settings(steps: 20)))
      == points(AutoPGD(loss: .margin, settings: settings(steps: 20))))
}

@Test(arguments: TargetedLoss.allCases) func targetedAutoPGDReachesTargets(loss: TargetedLoss) throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 5, seed: 6)
  let set = try evaluationSet(images(30, shape: model.inputShape), model: model, targeted: true)
  let result = try evaluator().evaluate(
    TargetedAutoPGD(loss: loss, settings: settings(steps: 50)), on: set, threat: ThreatModel(norm: .linf, radius: 0.5),
    model: model)
  #expect(result.successRate.hits > 10, "\(result.successRate)")
  for example in result.examples {
    #expect(example.isBroken == (example.adversarialPrediction == example.target))
  }
}
