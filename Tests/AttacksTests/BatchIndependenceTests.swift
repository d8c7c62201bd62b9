import Attacks
import Networks
import TestSupport
import Testing

/// Norms with radii at which some of the images below break and some do not.
private let settings: [(norm: Norm, radius: Float)] = Norm.allCases.map { ($0, usualRadii[$0] ?? 1) }

@Test func everyAttackIsTested() {
  let names = Set(quickWords.map { String($0.prefix { $0 != ":" }) })
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
  for attack in try quickAttacks(norm) {
    let whole = try evaluator(batchSize: 64).evaluateCandidates(of: attack, on: set, threat: threat, model: model)
    for (batchSize, workers) in [(1, 1), (7, 1), (7, 3), (40, 2)] {
      let parts = try evaluator(batchSize: batchSize, workers: workers)
        .evaluateCandidates(of: attack, on: set, threat: threat, model: model)
      #expect(parts.images == whole.images)
      #expect(strip(parts.evaluation.examples) == strip(whole.evaluation.examples))
    }
  }
}

@Test(arguments: 0..<4, [false, true]) func resultsDoNotDependOnTheOrder(setting: Int, targeted: Bool) throws {
  let (norm, radius) = settings[setting]
  let threat = ThreatModel(norm: norm, radius: radius)
  let set = try evaluationSet(images(40, shape: model.inputShape), model: model, targeted: targeted)
  var stream = RandomSource(seed: 1).stream(.check)
  let order = stream.permutation(40)
  let shuffled = try EvaluationSet(
    images: set.images.gathering(order), labels: order.map { set.labels[$0] }, ids: order,
    targets: set.targets.map { targets in order.map { targets[$0] } })
  for attack in try quickAttacks(norm) {
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
