import Attacks
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 6, 5], classCount: 2, seed: 4)

/// Images that the model takes for one class, away from the ends of the box.
private func oneClass(_ count: Int) throws -> EvaluationSet {
  let set = try evaluationSet(images(4 * count, shape: model.inputShape, inner: true), model: model)
  let rows = Array(set.labels.indices.filter { set.labels[$0] == set.labels[0] }.prefix(count))
  return set.gathering(rows)
}

/// In a linear model the way out of a class is the same for all images: once the farthest is out, all are.
@Test(arguments: [Norm.linf, .l2]) func oneChangeTakesAllImagesOutOfAClass(norm: Norm) throws {
  let set = try oneClass(20)
  let farthest =
    (0..<set.count).map { row in
      model.optimum(
        norm, image: set.images.examples(row..<row + 1).scalars, label: set.labels[row], bounds: 0...1)
    }.max() ?? 0
  var settings = UniversalPerturbation.Settings()
  settings.foolingRate = 1
  let threat = ThreatModel(norm: norm, radius: Float(1.1 * farthest))
  let fitted = try UniversalPerturbation.fit(on: set, threat: threat, model: model, settings: settings)
  #expect(fitted.foolingRate == Proportion(hits: set.count, count: set.count))
  #expect(fitted.change.shape == [1, 1, 6, 5])
  let points = fitted.added(to: set.images)
  let evaluation = try evaluator().verify(points, of: set, threat: threat, model: model)
  #expect(evaluation.successRate.fraction == 1 && evaluation.invalidCount == 0)
  // Half of what the farthest needs takes it nowhere, and no change is larger than allowed.
  let small = ThreatModel(norm: norm, radius: Float(0.5 * farthest))
  let weak = try UniversalPerturbation.fit(on: set, threat: small, model: model, settings: settings)
  #expect((weak.foolingRate.fraction ?? 1) < 1)
  let lengths = small.distances(from: Tensor(shape: weak.change.shape), to: weak.change)
  #expect(lengths[0] <= small.radius)
}

@Test func aFitDependsOnItsSeedAlone() throws {
  let all = try evaluationSet(images(30, shape: model.inputShape), model: model)
  let threat = ThreatModel(norm: .l2, radius: 0.3)
  func change(_ seed: UInt64) throws -> Tensor<Float> {
    try UniversalPerturbation.fit(on: all, threat: threat, model: model, random: RandomSource(seed: seed)).change
  }
  #expect(try change(1) == change(1))
  #expect(try change(1) != change(2))
}

@Test func aFitSurvivesHardModelsAndRefusesOtherNorms() throws {
  let set = try EvaluationSet(images: images(3, shape: [1, 2, 2]), labels: [0, 0, 0])
  let models: [([Float], Float)] = [([0, 0], 0), ([.nan, 0], 1), ([1, 0], .nan), ([1, 0], .infinity)]
  for (logits, slope) in models {
    let model = FixedClassifier(inputShape: [1, 2, 2], logits: logits, slope: slope)
    let fitted = try UniversalPerturbation.fit(on: set, threat: ThreatModel(norm: .l2, radius: 1), model: model)
    let isFinite = fitted.change.scalars.allSatisfy(\.isFinite)
    #expect(isFinite)
  }
  #expect(throws: AttackError.self) {
    try UniversalPerturbation.fit(
      on: set, threat: ThreatModel(norm: .l1, radius: 1),
      model: FixedClassifier(inputShape: [1, 2, 2], logits: [1, 0], slope: 0))
  }
}
