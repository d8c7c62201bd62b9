import Attacks
import Networks
import TestSupport
import Testing

private let shape: Shape = [2, 3, 4]

/// Two classes, of which the second is out of reach, so that no image ends its part in the ascent.
private let far: LinearClassifier = {
  let random = LinearClassifier.random(inputShape: shape, classCount: 2, seed: 6)
  return LinearClassifier(inputShape: shape, weights: random.weights, biases: [0, -1000])
}()

/// From the first class to the second.
private var way: [Float] { (0..<24).map { far.weights.scalars[24 + $0] - far.weights.scalars[$0] } }

private func set(labels: [Int], targets: [Int]? = nil) throws -> EvaluationSet {
  try EvaluationSet(images: images(labels.count, shape: shape, inner: true), labels: labels, targets: targets)
}

private func run(seed: UInt64 = 0, threads: Int = 1) -> FitRun {
  var run = FitRun()
  run.random = RandomSource(seed: seed)
  run.workers = Workers(count: threads)
  return run
}

/// On a linear model the loss of all images grows along one way: in L∞ the best change is its sign, in L2 its direction.
@Test(arguments: [Norm.linf, .l2]) func theChangeIsTheSteepestOne(norm: Norm) throws {
  let threat = ThreatModel(norm: norm, radius: norm == .linf ? 0.1 : 0.4)
  // The gradient of the margin is the way; that of the cross-entropy is 0 in single precision this far from the border.
  var attack = UniversalAscent()
  attack.loss = .margin
  let change = try attack.fit(
    on: set(labels: Array(repeating: 0, count: 12)), threat: threat, model: far, run: run()
  ).change
  let length = Float(way.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot())
  let best = way.map { norm == .linf ? ($0 > 0 ? threat.radius : -threat.radius) : $0 / length * threat.radius }
  // Sums of 24 squares in single precision.
  #expect(zip(change.scalars, best).allSatisfy { abs($0 - $1) <= 1e-5 * threat.radius }, "\(change.scalars)")
}

/// Towards a target the way is the other one.
@Test func aTargetIsApproached() throws {
  let threat = ThreatModel(norm: .linf, radius: 0.1)
  let change = try UniversalAscent().fit(
    on: set(labels: [0, 0, 0], targets: [1, 1, 1]), threat: threat, model: far, run: run()
  ).change
  #expect(change.scalars == way.map { $0 > 0 ? 0.1 : -0.1 })
}

/// Images that are misclassified already say nothing: here their gradients would cancel those of the others.
@Test func imagesThatAreWhereTheyShallBeDoNotCount() throws {
  var attack = UniversalAscent()
  attack.loss = .margin
  let threat = ThreatModel(norm: .linf, radius: 0.1)
  let change = try attack.fit(on: set(labels: [0, 1, 0, 1]), threat: threat, model: far, run: run()).change
  #expect(change.scalars == way.map { $0 > 0 ? 0.1 : -0.1 })
}

/// What is judged is what the change does to other images, in box and ball.
@Test func aChangeFoolsMoreImagesThanARandomOne() throws {
  let model = LinearClassifier.random(inputShape: shape, classCount: 3, seed: 2)
  let (fitted, judged) = (
    try evaluationSet(images(80, shape: shape, seed: 1), model: model),
    try evaluationSet(images(80, shape: shape, seed: 2), model: model)
  )
  let threat = ThreatModel(norm: .linf, radius: 0.2)
  let change = try #require(try evaluator().fit(UniversalAscent(), on: fitted, threat: threat, model: model))
  let result = try #require(
    try evaluator().evaluate(change, on: judged, threat: threat, budget: .fixed, model: model))
  #expect(result.found.evaluation.invalidCount == 0 && result.random.invalidCount == 0)
  #expect(result.found.evaluation.foolingRate.hits > 2 * result.random.foolingRate.hits)
  let perturbation = try #require(change as? UniversalPerturbation)
  let rate = try #require(perturbation.foolingRate.fraction)
  let points = perturbation.added(to: fitted.images)
  let fooled = zip(predictions(of: try model.logits(of: points)), fitted.labels).count { $0 != $1 }
  #expect(abs(rate - Double(fooled) / 80) < 1e-12)
}

@Test func anAscentDependsOnNeitherThreadsNorAnythingButTheSeed() throws {
  let model = LinearClassifier.random(inputShape: shape, classCount: 3, seed: 2)
  let set = try evaluationSet(images(50, shape: shape), model: model)
  var attack = UniversalAscent()
  (attack.steps, attack.imagesPerStep) = (15, 7)
  func change(seed: UInt64, threads: Int) throws -> Tensor<Float> {
    try attack.fit(
      on: set, threat: ThreatModel(norm: .l2, radius: 0.5), model: model, run: run(seed: seed, threads: threads)
    ).change
  }
  #expect(try change(seed: 1, threads: 1) == change(seed: 1, threads: 3))
  #expect(try change(seed: 1, threads: 1) != change(seed: 2, threads: 1))
}

@Test func anAscentSurvivesHardModelsAndRefusesOtherNorms() throws {
  let set = try EvaluationSet(images: images(3, shape: [1, 2, 2]), labels: [0, 0, 0])
  var attack = UniversalAscent()
  attack.steps = 3
  let models: [([Float], Float)] = [([0, 0], 0), ([.nan, 0], 1), ([1, 0], .nan), ([1, 0], .infinity)]
  for (logits, slope) in models {
    for (norm, radius) in [(Norm.linf, Float(0.1)), (.l2, 0.1), (.linf, 0)] {
      let change = try attack.fit(
        on: set, threat: ThreatModel(norm: norm, radius: radius),
        model: FixedClassifier(inputShape: [1, 2, 2], logits: logits, slope: slope), run: run()
      ).change
      #expect(change.scalars.allSatisfy { abs($0) <= radius }, "\(logits) \(slope) \(norm)")
    }
  }
  #expect(throws: AttackError.norm(attack: "sgd-uap", found: .l1, expected: [.linf, .l2])) {
    try attack.fit(on: set, threat: ThreatModel(norm: .l1, radius: 1), model: far, run: run())
  }
}
