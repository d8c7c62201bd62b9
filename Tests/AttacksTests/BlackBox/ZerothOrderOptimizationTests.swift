import Attacks
import Networks
import TestSupport
import Testing

@Test func zooReachesTheOptimumOfALinearModel() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)
  let set = try evaluationSet(images(25, shape: model.inputShape), model: model)
  let result = try evaluator().evaluate(
    ZerothOrderOptimization(steps: 400, coordinates: 10, initialConst: 1), on: set,
    threat: ThreatModel(norm: .l2, radius: 100), model: model)
  var ratios: [Double] = []
  for (row, outcome) in result.examples.enumerated() {
    let optimum = model.optimum(
      .l2, image: set.images.examples(row..<row + 1).scalars, label: set.labels[row], bounds: 0...1)
    guard optimum > 1e-3, optimum.isFinite else { continue }
    #expect(outcome.isBroken)
    ratios.append(Double(outcome.distance) / optimum)
    #expect(ratios.last ?? 0 > 1 - 1e-5)
  }
  ratios.sort()
  #expect(ratios.count > 8)
  // Adam circles the optimum at about its learning rate of 0.01, beside distances of some tenths.
  #expect(ratios[ratios.count / 2] < 1.02, "\(ratios)")
}

@Test func theQueriesOfZOO() throws {
  // No constant succeeds, no descent stalls within ten steps of a loss that falls: 2 × (2 × 7 + 1) queries each.
  var attack = ZerothOrderOptimization(steps: 10, coordinates: 7, binarySearchSteps: 2)
  attack.abortEarly = false
  #expect(try queries(attack, .l2) == [2 * 10 * 15])
  // Never more coordinates than there are.
  attack.coordinates = 1000
  #expect(try queries(attack, .l2) == [2 * 10 * 41])
}

@Test func aDescentWithoutProgressEndsAtTheSecondLook() throws {
  let flat = LinearClassifier(inputShape: [1, 4, 5], weights: Tensor(shape: [2, 20]), biases: [1, 0])
  let set = try EvaluationSet(images: images(2, shape: [1, 4, 5]), labels: [0, 0])
  let result = try evaluator().evaluate(
    ZerothOrderOptimization(steps: 100, coordinates: 5, binarySearchSteps: 1), on: set,
    threat: ThreatModel(norm: .l2, radius: 1), model: flat)
  // Looks are after the first step and after the eleventh.
  #expect(result.examples.allSatisfy { $0.forwards == 11 * 11 && $0.status == .robust })
}

@Test func confidenceLeadsBeyondTheBoundary() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)
  let set = try evaluationSet(images(10, shape: model.inputShape), model: model)
  let found = try evaluator().evaluateCandidates(
    of: ZerothOrderOptimization(steps: 200, coordinates: 20, initialConst: 1, confidence: 0.05), on: set,
    threat: ThreatModel(norm: .l2, radius: 100), model: model)
  let losses = set.goal.objective(.margin, of: try model.logits(of: found.images), rows: 0..<10).values
  for (loss, outcome) in zip(losses, found.evaluation.examples) where outcome.isBroken { #expect(loss >= 0.05) }
  #expect(found.evaluation.examples.contains { $0.isBroken })
}
