import Attacks
import Foundation
import Hyperparameters
import Networks
import TestSupport
import Testing

private let shape: Shape = [2, 5, 6]
private let model = LinearClassifier.random(inputShape: shape, classCount: 2, seed: 5)

private func box() throws -> PixelBox { try #require(PixelBox(channels: [-1...1, 0...2])) }

private func threat() throws -> ThreatModel { ThreatModel(norm: .linf, radius: 1, bounds: try box()) }

private func samples(_ count: Int, seed: UInt64 = 3) throws -> EvaluationSet {
  let unit = images(count, shape: shape, seed: seed)
  let scalars = unit.scalars.enumerated().map { $1 * 2 - ($0 / 30 % 2 == 0 ? 1 : 0) }
  return try evaluationSet(Tensor(shape: unit.shape, scalars: scalars), model: model)
}

private func settings(_ change: (inout UniversalPatch.Settings) -> Void = { _ in }) -> UniversalPatch.Settings {
  var settings = UniversalPatch.Settings()
  settings.size = 4.0 / 30
  change(&settings)
  return settings
}

private func run(seed: UInt64 = 0, threads: Int = 1) -> FitRun {
  var run = FitRun()
  run.random = RandomSource(seed: seed)
  run.workers = Workers(count: threads)
  return run
}

/// On a linear model the slope of a pixel of the patch is the mean of the weights that it meets over all places, whatever the
/// image: towards a class every pixel goes to the end of its range that the mean points to.
@Test(arguments: [0, 1]) func everyPixelGoesWhereItsMeanWeightPoints(target: Int) throws {
  let all = try samples(60)
  let set = try EvaluationSet(
    images: all.images, labels: all.labels.map { _ in 1 - target }, targets: all.labels.map { _ in target })
  // Class 1 likes the first channel bright and the second one dark, more or less so by the pixel. With the margin no image
  // counts more than another, and none leaves where the class is out of reach.
  var weights = model.weights
  weights.withUnsafeMutableScalars { for index in 60..<120 { $0[index] += index < 90 ? 0.3 : -0.3 } }
  let far = LinearClassifier(inputShape: shape, weights: weights, biases: target == 0 ? [-1000, 0] : [0, -1000])
  let patch = try UniversalPatch.fit(
    on: set, threat: threat(), model: far,
    settings: settings {
      $0.loss = .margin
      $0.steps = 200
    }, run: run())
  #expect(patch.change.shape == [1, 2, 2, 2])
  var strong = 0
  for (pixel, value) in patch.change.scalars.enumerated() {
    let (channel, place) = pixel.quotientAndRemainder(dividingBy: 4)
    let (y, x) = place.quotientAndRemainder(dividingBy: 2)
    let met = (0..<4).flatMap { row in
      (0..<5).map { column -> Float in
        let index = (channel * 5 + row + y) * 6 + column + x
        return far.weights.scalars[target * 60 + index] - far.weights.scalars[(1 - target) * 60 + index]
      }
    }
    let mean = met.reduce(0, +) / Float(met.count)
    let deviation = (met.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(met.count)).squareRoot()
    // The mean of the 60 images of a step errs by 0.13 deviations: one of 0.25 has the right sign 19 times out of 20. A
    // pixel that is at its end is driven off by a few of the later steps at most, which are short.
    guard abs(mean) > 0.25 * deviation else { continue }
    strong += 1
    let range = try box().ranges[channel]
    let end = mean > 0 ? range.upperBound : range.lowerBound
    #expect(abs(value - end) < 0.1, "pixel \(pixel): \(value), mean \(mean)")
  }
  #expect(strong >= 6, "\(strong) of 8 pixels have a mean that is sure")
}

/// A patch of the size of the image has one place, and its best values are known: the corner of the box.
@Test func aPatchOfTheWholeImageIsACorner() throws {
  let square = LinearClassifier.random(inputShape: [1, 4, 4], classCount: 2, seed: 8)
  let set = try evaluationSet(images(20, shape: [1, 4, 4]), model: square)
  let zeros = set.gathering(set.labels.indices.filter { set.labels[$0] == 0 })
  let patch = try UniversalPatch.fit(
    on: zeros, threat: ThreatModel(norm: .linf, radius: 1), model: square, settings: settings { $0.size = 1 })
  let corner = (0..<16).map { square.weights.scalars[16 + $0] > square.weights.scalars[$0] ? Float(1) : 0 }
  let best = Tensor(shape: [1, 1, 4, 4], scalars: corner)
  guard predictions(of: try square.logits(of: best)) == [1] else {
    // The other class is out of reach, and every step goes there.
    #expect(patch.change == best)
    return
  }
  let evaluation = try #require(
    try evaluator().evaluate(
      patch, on: zeros, threat: ThreatModel(norm: .linf, radius: 1), budget: .transformation, model: square))
  #expect(evaluation.found.evaluation.foolingRate.fraction == 1)
  #expect(evaluation.found.images.scalars == (0..<zeros.count).flatMap { _ in patch.change.scalars })
}

/// The patch of an image lies at the same place whatever images are judged with it, and nothing else of it changes.
@Test func whatIsJudgedDoesNotDependOnOtherImages() throws {
  let set = try samples(30)
  let patch = try UniversalPatch.fit(on: samples(30, seed: 4), threat: threat(), model: model, settings: settings())
  let points = patch.made(to: set)
  let order = [7, 3, 29]
  #expect(patch.made(to: set.gathering(order)) == points.gathering(order))
  let limits = try #require(patch.limits)
  for row in 0..<set.count {
    #expect(
      limits.violation(from: set.images.examples(row..<row + 1), to: points.examples(row..<row + 1)) == nil)
  }
  let places = (0..<set.count).map { row in
    zip(set.images.examples(row..<row + 1).scalars, points.examples(row..<row + 1).scalars).map { $0 != $1 }
  }
  #expect(Set(places).count > 5)
  // A random patch lies where the patch lies.
  let other = patch.randomized(by: RandomSource(seed: 1))
  #expect(other.change.shape == patch.change.shape && other.change != patch.change)
  #expect(try box().contains(other.made(to: set)))
  for (index, pair) in zip(other.made(to: set).scalars, set.images.scalars).enumerated() where pair.0 != pair.1 {
    #expect(places[index / 60][index % 60] || points.scalars[index] == set.images.scalars[index])
  }
}

@Test func aPatchFoolsMoreImagesThanARandomOne() throws {
  let (fitted, judged) = (try samples(100), try samples(100, seed: 4))
  let patch = try #require(
    try evaluator().fit(settings { $0.size = 9.0 / 30 }, on: fitted, threat: threat(), model: model))
  let result = try #require(
    try evaluator().evaluate(patch, on: judged, threat: threat(), budget: .transformation, model: model))
  let (own, other) = (result.found.evaluation, result.random)
  #expect(own.invalidCount == 0 && other.invalidCount == 0)
  #expect(own.foolingRate.hits > other.foolingRate.hits, "\(own.foolingRate), \(other.foolingRate)")
  #expect(own.changedAccuracy.hits == 100 - own.foolingRate.hits)
}

@Test func aFitDependsOnNeitherThreadsNorAnythingButTheSeed() throws {
  let set = try samples(50)
  func change(seed: UInt64, threads: Int) throws -> Tensor<Float> {
    try UniversalPatch.fit(
      on: set, threat: threat(), model: model,
      settings: settings {
        $0.steps = 20
        $0.imagesPerStep = 17
      }, run: run(seed: seed, threads: threads)
    ).change
  }
  #expect(try change(seed: 1, threads: 1) == change(seed: 1, threads: 3))
  #expect(try change(seed: 1, threads: 1) != change(seed: 2, threads: 1))
}

@Test func aFitOfAPatchSurvivesHardModelsAndRefusesVectors() throws {
  let set = try EvaluationSet(images: images(3, shape: [1, 2, 2]), labels: [0, 0, 0])
  let models: [([Float], Float)] = [([0, 0], 0), ([.nan, 0], 1), ([1, 0], .nan), ([1, 0], .infinity)]
  for (logits, slope) in models {
    let model = FixedClassifier(inputShape: [1, 2, 2], logits: logits, slope: slope)
    let patch = try UniversalPatch.fit(
      on: set, threat: ThreatModel(norm: .linf, radius: 1), model: model, settings: settings { $0.steps = 3 })
    #expect(PixelBox(0...1).contains(patch.change))
  }
  let vector = LinearClassifier.random(inputShape: [8], classCount: 2, seed: 1)
  #expect(throws: AttackError.needsImages(attack: "universal-patch", found: [8])) {
    try UniversalPatch.fit(
      on: evaluationSet(images(2, shape: [8]), model: vector), threat: ThreatModel(norm: .linf, radius: 1),
      model: vector)
  }
}

/// Misclassified images count in the fooling rate, and not as successes of the attack.
@Test func misclassifiedImagesGetTheChangeToo() throws {
  let set = try samples(40)
  let wrong = try EvaluationSet(images: set.images, labels: set.labels.map { 1 - $0 })
  let patch = try UniversalPatch.fit(on: set, threat: threat(), model: model, settings: settings())
  func evaluation(_ set: EvaluationSet) throws -> Evaluation {
    try #require(
      try evaluator().evaluate(patch, on: set, threat: threat(), budget: .transformation, model: model)
    ).found.evaluation
  }
  let (right, other) = (try evaluation(set), try evaluation(wrong))
  #expect(right.foolingRate == other.foolingRate && right.foolingRate.hits > 0)
  #expect(other.examples.allSatisfy { $0.status == .misclassified })
  #expect(other.changedAccuracy == other.foolingRate)
}

/// The random change is as large as the fitted one.
@Test(arguments: [Norm.linf, .l2]) func aRandomPerturbationHasTheSizeOfTheFittedOne(norm: Norm) throws {
  let set = try samples(30)
  let threat = ThreatModel(norm: norm, radius: norm == .linf ? 0.1 : 0.5, bounds: try box())
  let fitted = try UniversalPerturbation.fit(on: set, threat: threat, model: model)
  let other = fitted.randomized(by: RandomSource(seed: 3))
  let sizes = [fitted, other].map { threat.distances(from: Tensor(shape: $0.change.shape), to: $0.change)[0] }
  // Sixty squares in single precision.
  #expect(sizes[0] > 0 && abs(sizes[1] - sizes[0]) <= 1e-5 * sizes[0])
  let result = try #require(
    try evaluator().evaluate(fitted, on: set, threat: threat, budget: .fixed, model: model))
  #expect(result.found.evaluation.invalidCount == 0 && result.random.invalidCount == 0)
  #expect(result.found.evaluation.foolingRate.hits > result.random.foolingRate.hits)
}

@Test func everyUniversalAttackSurvivesCoding() throws {
  func roundTrip<A: UniversalAttack>(_ attack: A) throws -> Bool {
    try attack.check()
    return try JSONDecoder().decode(A.self, from: JSONEncoder().encode(attack)) == attack
  }
  for type in UniversalCatalog.attacks { #expect(try roundTrip(type.init())) }
  // The name alone tells a record of either kind what it is.
  let names = UniversalCatalog.names + AttackCatalog.names
  #expect(Set(names).count == names.count)
}

/// A fit ends where it is not wanted any more.
@Test(arguments: UniversalCatalog.attacks.indices) func aFitCanBeCancelled(number: Int) throws {
  var evaluator = evaluator()
  evaluator.isCancelled = { true }
  let attack = UniversalCatalog.attacks[number].init()
  #expect(try evaluator.fit(attack, on: samples(3), threat: threat(), model: model) == nil)
}
