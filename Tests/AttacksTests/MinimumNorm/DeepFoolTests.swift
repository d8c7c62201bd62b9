import Attacks
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)

/// On a linear model of two classes the first step ends at the boundary, and 1e-4 and 2 % beyond, where no pixel meets an
/// end of its range.
@Test(arguments: [Norm.l2, .linf]) func deepFoolStopsTwoPercentBehindALinearBoundary(norm: Norm) throws {
  let all = images(60, shape: model.inputShape, inner: true)
  let set = try evaluationSet(all, model: model)
  let found = try evaluator().evaluate(
    DeepFool(), on: set, threat: ThreatModel(norm: norm, radius: 10), model: model)
  var checked = 0
  for (row, example) in found.examples.enumerated() {
    let optimum = model.optimum(norm, image: all.examples(row..<row + 1).scalars, label: example.label, bounds: 0...1)
    // Pixels are at least 0.4 away from the ends.
    guard optimum < 0.35 else { continue }
    checked += 1
    #expect(example.isBroken)
    // Twenty sums in single precision, each of numbers below 1, and a gradient of as many.
    #expect(abs(Double(example.distance) - 1.02 * (optimum + 1e-4)) < 1e-5 * max(1, optimum), "\(example)")
    // A look at the image, a gradient there, and one at the point.
    #expect(example.forwards == 3 && example.backwards == 2)
  }
  #expect(checked > 20)
}

/// Two classes and one pixel: class 1 where 1 − (1 − x)² is above 0.64, which is at x = 0.4. Steps fall short of it.
private struct ConcaveClassifier: DifferentiableClassifier {
  let inputShape: Shape = [1]
  let classCount = 2
  let pullbackLogitsAreExact = true

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    let scalars = images.scalars.flatMap { x -> [Float] in [0.64, 1 - (1 - x) * (1 - x)] }
    return Tensor(shape: [images.exampleCount, 2], scalars: scalars)
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let logits = try logits(of: images)
    let cotangents = try cotangent(logits, 0..<images.exampleCount).scalars
    let slopes = images.scalars.indices.map { 2 * (1 - images.scalars[$0]) * cotangents[2 * $0 + 1] }
    return (logits, Tensor(shape: images.shape, scalars: slopes))
  }
}

/// torchattacks lengthens every step, so that its steps begin elsewhere.
@Test(arguments: [Norm.l2, .linf]) func theOvershootLengthensTheWholePerturbation(norm: Norm) throws {
  let model = ConcaveClassifier()
  let set = try EvaluationSet(images: Tensor(shape: [1, 1]), labels: [0])
  let attack = DeepFool(overshoot: 0.1)
  let found = try evaluator().evaluate(attack, on: set, threat: ThreatModel(norm: norm, radius: 1), model: model)
  var (change, x) = (0.0, 0.0)
  var steps = 0
  while 1 - (1 - x) * (1 - x) <= 0.64 {
    change += (0.64 - 1 + (1 - x) * (1 - x)) / (2 * (1 - x)) + 1e-4
    x = 1.1 * change
    steps += 1
  }
  #expect(steps >= 2)
  #expect(found.examples[0].isBroken)
  // A few roundings of numbers below 1.
  #expect(abs(Double(found.examples[0].distance) - x) < 1e-6)
  #expect(found.examples[0].backwards == steps + 1)
}

@Test func stepsEndEvenWithoutSuccess() throws {
  let set = try EvaluationSet(images: Tensor(shape: [1, 1]), labels: [0])
  let threat = ThreatModel(norm: .l2, radius: 1)
  let found = try evaluator().evaluateCandidates(
    of: DeepFool(steps: 1, overshoot: 0), on: set, threat: threat, model: ConcaveClassifier())
  #expect(found.evaluation.examples[0].status == .robust)
  // What is not adversarial is not given back.
  #expect(found.images == set.images)
}

/// Only the classes with the largest logits are looked at: with two of them the step goes to the runner-up.
@Test func fewerClassesGoToTheRunnerUp() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 6, seed: 8)
  let set = try evaluationSet(images(40, shape: model.inputShape, inner: true), model: model)
  let threat = ThreatModel(norm: .l2, radius: 10)
  let all = try evaluator().evaluate(DeepFool(), on: set, threat: threat, model: model)
  let two = try evaluator().evaluate(DeepFool(classes: 2), on: set, threat: threat, model: model)
  let logits = try model.logits(of: set.images)
  for (row, example) in two.examples.enumerated() where example.isBroken && example.backwards == 2 {
    let values = logits.examples(row..<row + 1).scalars
    let ranked = values.indices.sorted { values[$0] > values[$1] }
    #expect(example.adversarialPrediction == ranked[1])
  }
  // With more classes the first boundary is no farther; where the box or a second step plays in, it may be.
  let nearer = zip(all.examples, two.examples).count { $0.distance <= $1.distance + 1e-6 }
  #expect(nearer >= 38, "\(nearer)")
  #expect(zip(all.examples, two.examples).contains { $0.distance < 0.99 * $1.distance })
}

@Test(arguments: [Norm.l2, .linf]) func deepFoolReachesTargets(norm: Norm) throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 6)
  let set = try evaluationSet(images(40, shape: model.inputShape, inner: true), model: model, targeted: true)
  let found = try evaluator().evaluate(DeepFool(), on: set, threat: ThreatModel(norm: norm, radius: 10), model: model)
  #expect(found.successRate.hits > 30, "\(found.successRate)")
  for example in found.examples where example.isBroken { #expect(example.adversarialPrediction == example.target) }
}
