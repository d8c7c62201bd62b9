import Attacks
import Hyperparameters
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 2)

/// With every attack of the catalogue at once, the accuracy at ε = 0 is the clean one, and that beyond the box is no more.
@Test(arguments: Norm.allCases, Suite.Policy.allCases)
func aSuiteOfAllAttacksFindsTheCleanAccuracyAtRadiusZero(norm: Norm, policy: Suite.Policy) throws {
  let all = images(10, shape: model.inputShape)
  var labels = predictions(of: try model.logits(of: all)).map { $0 ?? 0 }
  for row in 0..<3 { labels[row] = (labels[row] + 1) % 4 }
  let set = try EvaluationSet(images: all, labels: labels)
  // What has limits of its own knows no radius.
  let attacks = try quickAttacks(norm).filter { type(of: $0).budget != .transformation }
  let threats = [0, 1000].map { ThreatModel(norm: norm, radius: $0) }
  let evaluation = try SuiteEvaluation(
    Suite(name: "all", attacks: attacks, policy: policy), on: set, threats: threats, target: UndefendedModel(model))
  let (results, _) = try evaluation.run(by: evaluator())
  #expect(results.count == 2 && results[0].clean.evaluated.accuracy == 0.7)
  #expect(results[0].union == results[0].clean.evaluated)
  for found in results[0].attacks { #expect(found.accuracies.accuracy == 0.7, "\(found.attack.text)") }
  #expect(results[1].union.accuracy ?? 1 < 0.7 && results[1].union.invalid == [])
}

/// A ball without extent needs no slack for rounding: what is a rounding away is beyond it.
@Test func aRadiusOfZeroHoldsTheImageAlone() throws {
  let line = LinearClassifier(inputShape: [1], weights: Tensor(shape: [2, 1], scalars: [-1, 1]), biases: [1, 0])
  let edge: Float = 0.5
  let set = try EvaluationSet(images: Tensor(shape: [1, 1], scalars: [edge]), labels: [0])
  let next = Tensor<Float>(shape: [1, 1], scalars: [edge.nextUp])
  for (radius, status) in [(0, ExampleStatus.beyondRadius), (1e-7, .broken)] as [(Float, ExampleStatus)] {
    let threat = ThreatModel(norm: .linf, radius: radius)
    let judged = try evaluator().verify(next, of: set, threat: threat, budget: .minimal, model: line)
    #expect(judged.examples[0].status == status, "\(radius)")
  }
}

/// A target that is the label is what no attack can do both: the example is invalid, the others are attacked.
@Test(arguments: Norm.allCases) func targetsEqualToLabelsAreInvalid(norm: Norm) throws {
  let good = try evaluationSet(images(4, shape: model.inputShape), model: model, targeted: true)
  let targets = [good.labels[0]] + (good.targets ?? []).dropFirst()
  let set = try EvaluationSet(images: good.images, labels: good.labels, targets: targets)
  let threat = ThreatModel(norm: norm, radius: usualRadii[norm] ?? 1)
  for attack in try quickAttacks(norm) {
    let found = try evaluator().evaluateCandidates(of: attack, on: set, threat: threat, model: model)
    let (first, others) = (found.evaluation.examples[0], found.evaluation.examples.dropFirst())
    #expect(first.status == .invalid(.target(good.labels[0])) && first.forwards == 0 && first.backwards == 0)
    #expect(found.images.examples(0..<1) == set.images.examples(0..<1))
    #expect(others.allSatisfy { !$0.status.isInvalid && $0.forwards > 0 }, "\(attack.text)")
    #expect(found.evaluation.robustAccuracy.count == 4)
  }
}
