import Attacks
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)

/// Fewer steps than usual, which are longer: a pixel comes from the end of its range in 145 of them.
private func quick(_ norm: Norm, steps: Int = 500) -> CarliniWagner {
  CarliniWagner(steps: steps, learningRate: norm == .l2 ? 0.05 : 0.02)
}

/// Distances of the points found over the closed-form optimum, with pixels at the ends of the box.
private func ratios(_ norm: Norm, count: Int) throws -> [Double] {
  let all = images(count, shape: model.inputShape)
  let set = try evaluationSet(all, model: model)
  let found = try evaluator(workers: 2).evaluate(
    quick(norm), on: set, threat: ThreatModel(norm: norm, radius: 20), model: model)
  return found.examples.enumerated().compactMap { row, example in
    let optimum = model.optimum(norm, image: all.examples(row..<row + 1).scalars, label: example.label, bounds: 0...1)
    guard optimum.isFinite, optimum > 1e-2 else { return nil }
    return example.isBroken ? Double(example.distance) / optimum : .infinity
  }
}

/// The best of all steps is kept, and near the end they are on either side of the boundary. How near it they come depends
/// on the step of Adam, up to 0.025 of a pixel, beside the smallest optimum of 0.01.
@Test func carliniWagnerReachesTheOptimumInL2() throws {
  let all = try ratios(.l2, count: 30)
  #expect(all.count > 15)
  #expect(all.allSatisfy { $0 > 0.9999 && $0 < 1.06 }, "\(all)")
  #expect(all.sorted()[all.count / 2] < 1.002, "\(all)")
}

/// τ falls by a tenth at a time.
@Test func carliniWagnerComesWithinATenthOfTheOptimumInLinf() throws {
  let all = try ratios(.linf, count: 16)
  #expect(all.count > 8)
  #expect(all.allSatisfy { $0 > 0.9999 && $0 < 1.15 }, "\(all)")
}

/// Pixels are held by what they matter to a point near in L2, not by what they could do. That is seldom much worse.
@Test func carliniWagnerChangesFewPixelsInL0() throws {
  let all = try ratios(.l0, count: 16)
  #expect(all.count > 8)
  #expect(all.allSatisfy { $0 >= 1 && $0 <= 2 }, "\(all)")
  #expect(all.count { $0 < 1.01 } >= all.count / 2, "\(all)")
}

/// Where pixels are not shrunk, black and white ones never move.
@Test func blackAndWhitePixelsMove() throws {
  var stream = RandomSource(seed: 3).stream(.data)
  let scalars = (0..<20 * 20).map { _ -> Float in stream.uniform() < 0.5 ? 0 : 1 }
  let set = try evaluationSet(Tensor(shape: [20, 1, 4, 5], scalars: scalars), model: model)
  let found = try evaluator().evaluate(
    quick(.l2), on: set, threat: ThreatModel(norm: .l2, radius: 20), model: model)
  var reachable = 0
  for (row, example) in found.examples.enumerated() {
    let image = set.images.examples(row..<row + 1).scalars
    guard model.optimum(.l2, image: image, label: example.label, bounds: 0...1).isFinite else { continue }
    reachable += 1
    #expect(example.isBroken, "\(example)")
  }
  #expect(reachable > 10)
}

/// A product with a mask makes the logit of the label 0, which is the largest of the others where they are negative.
@Test func negativeLogitsAreNoDifferent() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 6)
  let lowered = LinearClassifier(
    inputShape: model.inputShape, weights: model.weights, biases: model.biases.map { $0 - 16 })
  let set = try evaluationSet(images(12, shape: model.inputShape), model: model)
  let threat = ThreatModel(norm: .l2, radius: 20)
  let first = try evaluator().evaluate(quick(.l2), on: set, threat: threat, model: model)
  let second = try evaluator().evaluate(quick(.l2), on: set, threat: threat, model: lowered)
  for (one, other) in zip(first.examples, second.examples) {
    #expect(one.isBroken && other.isBroken)
    // Logits near 16 are rounded to 2e-6; the gradients are the same.
    #expect(abs(one.distance - other.distance) < 1e-3 * one.distance)
  }
}

@Test func confidenceIsReached() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 6)
  let set = try evaluationSet(images(12, shape: model.inputShape), model: model)
  let threat = ThreatModel(norm: .l2, radius: 20)
  var attack = quick(.l2)
  attack.confidence = 0.25
  let found = try evaluator().evaluateCandidates(of: attack, on: set, threat: threat, model: model)
  let margins = Loss.margin(try model.logits(of: found.images), labels: set.labels).values
  let broken = found.evaluation.examples.indices.filter { found.evaluation.examples[$0].isBroken }
  #expect(broken.count > 6)
  #expect(broken.allSatisfy { margins[$0] > 0.2499 && margins[$0] < 0.3 }, "\(margins)")
}

@Test(arguments: [Norm.l2, .linf, .l0]) func carliniWagnerReachesTargets(norm: Norm) throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 6)
  let set = try evaluationSet(images(12, shape: model.inputShape), model: model, targeted: true)
  let found = try evaluator(workers: 2).evaluate(
    quick(norm, steps: 300), on: set, threat: ThreatModel(norm: norm, radius: 20), model: model)
  #expect(found.successRate.hits > 6, "\(found.successRate)")
  for example in found.examples where example.isBroken { #expect(example.adversarialPrediction == example.target) }
}

@Test func theNormDecidesWhatIsNotGiven() {
  let values = Norm.allCases.map { CarliniWagner().resolved(for: ThreatModel(norm: $0, radius: 1)) }
  #expect(values.map(\.steps) == [1000, 10_000, 1000, 1000])
  #expect(values.map(\.learningRate) == [0.005, 0.01, 0.01, 0.01])
  #expect(values.map(\.initialConst) == [1e-5, 1e-3, 1e-3, 1e-3])
}

/// Few steps will do where no pixel is at an end of its range; they must be short beside the perturbation.
@Test(arguments: [Norm.l2, .linf]) func carliniWagnerIsNoWeakerThanDeepFool(norm: Norm) throws {
  let model = try OracleClassifier.tiny()
  let set = try evaluationSet(images(9, shape: model.inputShape, inner: true), model: model)
  let threat = ThreatModel(norm: norm, radius: 100)
  func median(_ attack: any Attack) throws -> Float {
    let found = try evaluator(workers: 2).evaluate(attack, on: set, threat: threat, model: model)
    return found.examples.map { $0.isBroken ? $0.distance : .infinity }.sorted()[4]
  }
  let simple = try median(DeepFool())
  let strong = try median(CarliniWagner(steps: 150))
  #expect(strong <= simple, "\(strong) against \(simple)")
}
