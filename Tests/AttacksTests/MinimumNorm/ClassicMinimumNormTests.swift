import Attacks
import Networks
import TestSupport
import Testing

/// The attacks of this folder with few steps, one for each norm.
private let cases: [(attack: any MinimumNormAttack, norm: Norm)] = {
  let attacks: [any MinimumNormAttack] = [
    DeepFool(steps: 10), CarliniWagner(steps: 40, binarySearchSteps: 3, learningRate: 0.2), ElasticNet(steps: 40),
    SaliencyMap(theta: 1, gamma: 0.5), NewtonFool(steps: 20), SparseFool(steps: 5),
  ]
  return attacks.flatMap { attack in type(of: attack).norms.map { (attack, $0) } }
}()

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 2)

private func threat(_ norm: Norm, radius: Float = 100) -> ThreatModel { ThreatModel(norm: norm, radius: radius) }

private func strip(_ outcomes: [ExampleOutcome]) -> [String] {
  // Everything but the time.
  outcomes.map {
    "\($0.id) \($0.status) \($0.adversarialPrediction ?? -1) \($0.distance) \($0.forwards) \($0.backwards)"
  }
}

@Test(arguments: cases.indices, [false, true])
func nearestPointsDependOnNeitherBatchNorOrder(index: Int, targeted: Bool) throws {
  let (attack, norm) = cases[index]
  let set = try evaluationSet(images(20, shape: model.inputShape), model: model, targeted: targeted)
  let whole = try evaluator(batchSize: 64).evaluateCandidates(of: attack, on: set, threat: threat(norm), model: model)
  for (batchSize, workers) in [(1, 1), (7, 2)] {
    let parts = try evaluator(batchSize: batchSize, workers: workers)
      .evaluateCandidates(of: attack, on: set, threat: threat(norm), model: model)
    #expect(parts.images == whole.images)
    #expect(strip(parts.evaluation.examples) == strip(whole.evaluation.examples))
  }
  let order = Array((0..<20).reversed())
  let turned = try EvaluationSet(
    images: set.images.gathering(order), labels: order.map { set.labels[$0] }, ids: order,
    targets: set.targets.map { targets in order.map { targets[$0] } })
  let second = try evaluator().evaluateCandidates(of: attack, on: turned, threat: threat(norm), model: model)
  #expect(second.images == whole.images.gathering(order))
}

/// What may come out wrong of a model.
enum Fault: CaseIterable {
  case constantLogits, nanLogits, nanGradient, infiniteGradient, hugeGradient, tinyGradient
}

private struct FaultyClassifier: DifferentiableClassifier {
  let base: LinearClassifier
  let fault: Fault
  let pullbackLogitsAreExact = true
  var inputShape: Shape { base.inputShape }
  var classCount: Int { base.classCount }

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    var logits = try base.logits(of: images)
    let classes = classCount
    logits.withUnsafeMutableScalars { logits in
      for index in logits.indices {
        switch fault {
        case .constantLogits: logits[index] = Float(index % classes)
        // That of the last class, away from the images.
        case .nanLogits: if index % classes == classes - 1 { logits[index] = .nan }
        case .nanGradient, .infiniteGradient, .hugeGradient, .tinyGradient: break
        }
      }
    }
    return logits
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let logits = try logits(of: images)
    let gradient = try base.pullback(at: images) { _, rows in try cotangent(logits.examples(rows), rows) }.gradient
    let scalars = gradient.scalars.enumerated().map { index, slope -> Float in
      switch fault {
      case .constantLogits: 0
      case .nanLogits: slope
      case .nanGradient: index % 7 == 3 ? .nan : slope
      case .infiniteGradient: index % 7 == 3 ? .infinity : slope
      case .hugeGradient: 1e30 * slope
      case .tinyGradient: 1e-30 * slope
      }
    }
    return (logits, Tensor(shape: gradient.shape, scalars: scalars))
  }
}

/// Every attack ends, with points that are finite and in the box; what it finds is adversarial, the rest is the image.
@Test(arguments: cases.indices, Fault.allCases) func faultyModelsDoNoHarm(index: Int, fault: Fault) throws {
  let (attack, norm) = cases[index]
  let faulty = FaultyClassifier(base: model, fault: fault)
  let all = images(6, shape: model.inputShape)
  for goal in [
    Goal.misclassify(labels: try model.logits(of: all).argmax()), .classify(as: Array(repeating: 1, count: 6)),
  ] {
    let task = AttackTask(
      images: all, ids: Array(0..<6), goal: goal, threat: ThreatModel(norm: norm, radius: .infinity))
    let points = try attack.perturb(task, model: AttackedModel(faulty))
    #expect(PixelBox(0...1).contains(points))
    let reached = goal.isReached(by: try faulty.logits(of: points))
    for row in 0..<6 where points.examples(row..<row + 1) != all.examples(row..<row + 1) { #expect(reached[row]) }
    if fault == .nanLogits || fault == .nanGradient || fault == .infiniteGradient {
      // Away from images that are what is wanted anyway, where tanh space may cost a rounding.
      #expect(zip(points.scalars, all.scalars).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }
}

@Test(arguments: cases.indices) func wrongImagesAreTheirOwnNearestPoints(index: Int) throws {
  let (attack, norm) = cases[index]
  let all = images(6, shape: model.inputShape)
  let wrong = try model.logits(of: all).argmax().map { ($0 + 1) % 4 }
  let task = AttackTask(
    images: all, ids: Array(0..<6), goal: .misclassify(labels: wrong),
    threat: ThreatModel(norm: norm, radius: .infinity))
  let points = try attack.perturb(task, model: AttackedModel(model))
  // Tanh space costs a few roundings and the shrinkage.
  #expect(zip(points.scalars, all.scalars).allSatisfy { abs($0 - $1) < 2e-6 })
}

@Test(arguments: cases.indices, [Shape([1, 3, 7]), [2, 4, 3], [9]]) func shapesMakeNoDifference(
  index: Int, shape: Shape
) throws {
  let (attack, norm) = cases[index]
  for classes in [2, 3] {
    let model = LinearClassifier.random(inputShape: shape, classCount: classes, seed: 7)
    let set = try evaluationSet(images(1, shape: shape, inner: true), model: model)
    for radius in [Float(0), 1, 100] {
      let found = try evaluator().evaluate(attack, on: set, threat: threat(norm, radius: radius), model: model)
      if case .invalid(let defect) = found.examples[0].status { Issue.record("\(defect)") }
      if radius == 0 { #expect(found.robustAccuracy == found.cleanAccuracy) }
    }
  }
}

/// A box of its own for each channel, wide and off centre.
@Test(arguments: cases.indices) func pointsStayInTheBoxOfTheirChannel(index: Int) throws {
  let (attack, norm) = cases[index]
  let box = try #require(PixelBox(channels: [-2.1179...2.2489, 3...10.3]))
  let model = LinearClassifier.random(inputShape: [2, 3, 3], classCount: 3, seed: 5)
  var scalars = images(20, shape: model.inputShape).scalars
  for index in scalars.indices {
    let range = box.ranges[index / 9 % 2]
    scalars[index] = min(range.upperBound, range.lowerBound + scalars[index] * (range.upperBound - range.lowerBound))
  }
  let set = try evaluationSet(Tensor(shape: [20, 2, 3, 3], scalars: scalars), model: model)
  let wide = ThreatModel(norm: norm, radius: 1000, bounds: box)
  let found = try evaluator().evaluate(attack, on: set, threat: wide, model: model)
  for example in found.examples { if case .invalid(let defect) = example.status { Issue.record("\(defect)") } }
  #expect(found.successRate.hits > 3, "\(found.successRate)")
}

/// An attack ends with what it has when its queries are spent, and never asks for more.
@Test(arguments: cases.indices) func queryBudgetsAreKept(index: Int) throws {
  let (attack, norm) = cases[index]
  let set = try evaluationSet(images(8, shape: model.inputShape), model: model)
  let whole = try evaluator().evaluate(attack, on: set, threat: threat(norm), model: model)
  for budget in [0, 1, 2, 5, 50, 200] {
    var limited = evaluator()
    limited.queryBudget = budget
    let found = try limited.evaluate(attack, on: set, threat: threat(norm), model: model)
    for (example, all) in zip(found.examples, whole.examples) {
      if case .invalid(let defect) = example.status { Issue.record("\(defect)") }
      #expect(example.forwards <= budget)
      // The points found before are kept. DeepFool begins no step that it can't end: a pass for each of three classes
      // and a look.
      if all.forwards + 4 <= budget { #expect(example.distance == all.distance) }
    }
  }
}

@Test func senselessHyperparametersAreRefused() {
  let wrong: [(any Attack, Norm)] = [
    (DeepFool(steps: 0), .l2), (DeepFool(classes: 1), .l2), (DeepFool(overshoot: -0.1), .l2),
    (CarliniWagner(steps: 0), .l2), (CarliniWagner(steps: 10, learningRate: 0), .linf), (ElasticNet(steps: 0), .l1),
    (SaliencyMap(theta: .nan), .l0), (SaliencyMap(theta: 1, gamma: 0), .l0), (NewtonFool(steps: 1, eta: 0), .l2),
    (SparseFool(lambda: 0.5), .l1), (DeepFool(), .l1), (ElasticNet(), .l2),
  ]
  for (attack, norm) in wrong {
    #expect(throws: AttackError.self, "\(attack)") { try attack.validate(threat: threat(norm), classCount: 10) }
  }
  for (attack, norm) in cases where !(attack is NewtonFool || attack is SaliencyMap) {
    #expect(throws: AttackError.self) { try attack.validate(threat: threat(norm), classCount: 1) }
  }
}
