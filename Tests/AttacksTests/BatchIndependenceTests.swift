import Attacks
import Networks
import TestSupport
import Testing

/// Norm and radius at which some of the images below break and some do not.
private let settings: [(norm: Norm, radius: Float)] = [(.linf, 0.15), (.l2, 0.5), (.l1, 0.8), (.l0, 2)]

/// Every attack of the catalogue with values by which it is quick, some with more than one.
private let words = [
  "fgsm", "pgd:steps=10", "pgd:steps=5,restarts=3,loss=margin", "pgd:steps=5,restarts=2,early-stop=false",
  "apgd:steps=10,restarts=2,loss=dlr", "apgd:steps=6,early-stop=false,loss=margin", "apgd-ce:steps=8",
  "apgd-dlr:steps=4",
  "apgd-t:steps=6", "malt:steps=6", "acg:steps=8", "reacg:steps=8", "pma:steps=8",
  "bim:steps=5", "mi-fgsm:steps=5", "ni-fgsm:steps=5", "adam-pgd:steps=5", "pgd-kl:steps=5", "eot-pgd:steps=3",
  "r-fgsm", "ffgsm", "slide:steps=5", "di-fgsm:steps=4", "ti-fgsm:steps=4", "si-ni-fgsm:steps=4", "vmi-fgsm:steps=3",
  "fab:steps=8,restarts=2", "fab-t:steps=8,restarts=2,target-classes=2", "min-apgd:steps=5,search-steps=4",
  "deepfool", "cw:steps=20,binary-search-steps=2", "ead:steps=20,binary-search-steps=2", "jsma", "newtonfool:steps=20",
  "sparsefool",
  "ddn:steps=20", "fmn:steps=20", "sigma-zero:steps=20", "bb:steps=10",
  "spsa:steps=3", "nes:queries=60", "bandits:queries=40", "simba:queries=40", "zoo:steps=10,binary-search-steps=2",
  "one-pixel:steps=3,population=12",
  "boundary:steps=20", "hopskipjump:steps=2", "sign-opt:steps=2,trials=10,directions=10", "geoda:queries=100",
  "pointwise",
  "square:queries=40,restarts=2", "noise:draws=20",
  "gaussian-noise:draws=20", "salt-and-pepper:steps=30", "blur:steps=10", "contrast:steps=10", "brightness:steps=10",
  "rotation:steps=10", "spatial", "spatial:search=random,draws=10", "spatial:search=gradient,steps=5",
  "patch:steps=4,restarts=3,size=0.2", "patch:steps=3,restarts=2,place=random,early-stop=false",
]

private func attacks(_ norm: Norm) throws -> [any Attack] {
  try words.map { try AttackCatalog.attack($0) }.filter { type(of: $0).norms.contains(norm) }
}

@Test func everyAttackIsTested() {
  let names = Set(words.map { String($0.prefix { $0 != ":" }) })
  #expect(AttackCatalog.names.filter { !names.contains($0) } == [])
}

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 2)

private func strip(_ outcomes: [ExampleOutcome]) -> [String] {
  // Everything but the time.
  outcomes.map {
    "\($0.id) \($0.status) \($0.cleanPrediction ?? -1) \($0.adversarialPrediction ?? -1) \($0.distance) \($0.forwards) "
      + "\($0.backwards)"
  }
}

@Test(arguments: 0..<4, [false, true]) func resultsDependOnNeitherBatchNorThreads(setting: Int, targeted: Bool) throws {
  let (norm, radius) = settings[setting]
  let threat = ThreatModel(norm: norm, radius: radius)
  let set = try evaluationSet(images(40, shape: model.inputShape), model: model, targeted: targeted)
  for attack in try attacks(norm) {
    let whole = try evaluator(batchSize: 64).evaluateCandidates(of: attack, on: set, threat: threat, model: model)
    for (batchSize, workers) in [(1, 1), (7, 1), (7, 3), (40, 2)] {
      let parts = try evaluator(batchSize: batchSize, workers: workers)
        .evaluateCandidates(of: attack, on: set, threat: threat, model: model)
      #expect(parts.images == whole.images)
      #expect(strip(parts.evaluation.examples) == strip(whole.evaluation.examples))
    }
  }
}

@Test(arguments: 0..<4) func resultsDoNotDependOnTheOrder(setting: Int) throws {
  let (norm, radius) = settings[setting]
  let threat = ThreatModel(norm: norm, radius: radius)
  let set = try evaluationSet(images(40, shape: model.inputShape), model: model)
  var stream = RandomSource(seed: 1).stream(.check)
  let order = stream.permutation(40)
  let shuffled = try EvaluationSet(
    images: set.images.gathering(order), labels: order.map { set.labels[$0] }, ids: order)
  for attack in try attacks(norm) {
    let first = try evaluator().evaluateCandidates(of: attack, on: set, threat: threat, model: model)
    let second = try evaluator().evaluateCandidates(of: attack, on: shuffled, threat: threat, model: model)
    #expect(second.images == first.images.gathering(order))
    #expect(strip(second.evaluation.examples) == strip(order.map { first.evaluation.examples[$0] }))
  }
}

@Test func theSeedMattersWhereThereIsRandomness() throws {
  let threat = ThreatModel(norm: .linf, radius: 0.15)
  let set = try evaluationSet(images(10, shape: model.inputShape), model: model)
  func points(_ attack: any Attack, seed: UInt64) throws -> Tensor<Float> {
    try evaluator(seed: seed).evaluateCandidates(of: attack, on: set, threat: threat, model: model).images
  }
  #expect(try points(ProjectedGradient(), seed: 1) != points(ProjectedGradient(), seed: 2))
  #expect(try points(UniformNoise(), seed: 1) != points(UniformNoise(), seed: 2))
  #expect(try points(SquareAttack(queries: 40), seed: 1) != points(SquareAttack(queries: 40), seed: 2))
  #expect(try points(FastGradient(), seed: 1) == points(FastGradient(), seed: 2))
}

@Test(arguments: Norm.allCases) func radiusZeroChangesNothing(norm: Norm) throws {
  let set = try evaluationSet(images(10, shape: model.inputShape), model: model)
  // What has limits of its own knows no radius.
  for attack in try attacks(norm) where type(of: attack).budget != .transformation {
    let found = try evaluator().evaluateCandidates(
      of: attack, on: set, threat: ThreatModel(norm: norm, radius: 0), model: model)
    // The nearest adversarial point does not depend on the radius.
    #expect(found.images == set.images || type(of: attack).budget == .minimal)
    let result = found.evaluation
    #expect(result.robustAccuracy == result.cleanAccuracy && result.cleanAccuracy.fraction == 1)
  }
}
