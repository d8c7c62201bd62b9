import Attacks
import Networks
import TestSupport
import Testing

// What holds for every attack that sees logits and nothing else.

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 2)

/// The attacks in a norm, small enough for a test; about the radius of `usualRadius` they break some of the images.
private func attacks(_ norm: Norm) -> [any Attack] {
  let all: [any Attack] = [
    SimultaneousPerturbation(steps: 4, directions: 7, learningRate: 0.1),
    NaturalEvolutionStrategies(queries: 70, directions: 8),
    BanditAttack(queries: 60), SimpleBlackBox(queries: 50), SimpleBlackBox(queries: 50, basis: .dct),
    ZerothOrderOptimization(steps: 12, coordinates: 6, learningRate: 0.05, binarySearchSteps: 3, initialConst: 1),
    OnePixel(pixels: nil, population: 21, steps: 3),
  ]
  return all.filter { type(of: $0).norms.contains(norm) }
}

private let norms: [Norm] = [.linf, .l2, .l0]

private func usualRadius(_ norm: Norm) -> Float {
  switch norm {
  case .linf: 0.15
  case .l2, .l1: 0.5
  case .l0: 2
  }
}

private func strip(_ outcomes: [ExampleOutcome]) -> [String] {
  outcomes.map { "\($0.id) \($0.status) \($0.adversarialPrediction ?? -1) \($0.distance) \($0.forwards)" }
}

private func candidates(
  _ attack: any Attack, _ norm: Norm, on set: EvaluationSet? = nil, model: any Classifier = model, batchSize: Int = 16,
  budget: Int? = nil, radius: Float? = nil
) throws -> EvaluatedCandidates {
  var evaluator = evaluator(batchSize: batchSize)
  evaluator.queryBudget = budget
  let set = try set ?? evaluationSet(images(20, shape: model.inputShape), model: model)
  return try evaluator.evaluateCandidates(
    of: attack, on: set, threat: ThreatModel(norm: norm, radius: radius ?? usualRadius(norm)), model: model)
}

@Test(arguments: norms, [false, true])
func scoreAttacksDependOnNeitherBatchNorOrder(norm: Norm, targeted: Bool) throws {
  let set = try evaluationSet(images(20, shape: model.inputShape), model: model, targeted: targeted)
  var stream = RandomSource(seed: 1).stream(.check)
  let order = stream.permutation(20)
  let shuffled = try EvaluationSet(
    images: set.images.gathering(order), labels: order.map { set.labels[$0] }, ids: order,
    targets: set.targets.map { targets in order.map { targets[$0] } })
  for attack in attacks(norm) {
    let whole = try candidates(attack, norm, on: set, batchSize: 64)
    for batchSize in [1, 7] {
      let parts = try candidates(attack, norm, on: set, batchSize: batchSize)
      #expect(parts.images == whole.images, "\(attack.title)")
      #expect(strip(parts.evaluation.examples) == strip(whole.evaluation.examples))
    }
    let other = try candidates(attack, norm, on: shuffled)
    #expect(other.images == whole.images.gathering(order), "\(attack.title)")
    // A target is farther than the nearest class.
    #expect(targeted || whole.evaluation.examples.contains { $0.isBroken }, "\(attack.title) breaks nothing")
    #expect(whole.evaluation.examples.contains { !$0.isBroken }, "\(attack.title) breaks everything")
  }
}

@Test(arguments: norms) func scoreAttacksKeepTheirBudget(norm: Norm) throws {
  for attack in attacks(norm) {
    let free = try candidates(attack, norm)
    for budget in [1, 17, 40] {
      let bounded = try candidates(attack, norm, budget: budget)
      #expect(
        bounded.evaluation.examples.allSatisfy { $0.forwards <= budget && !$0.status.isInvalid }, "\(attack.title)")
      if budget >= 17 { #expect(bounded.evaluation.examples.contains { $0.forwards > 0 }, "\(attack.title)") }
      #expect(
        strip(try candidates(attack, norm, batchSize: 3, budget: budget).evaluation.examples)
          == strip(bounded.evaluation.examples))
    }
    #expect(try candidates(attack, norm, budget: 100_000).images == free.images)
    #expect(free.evaluation.examples.allSatisfy { Double($0.forwards) <= attack.passesPerExample }, "\(attack.title)")
    #expect(free.evaluation.backwards == 0)
  }
}

@Test(arguments: [Norm.linf, .l2, .l0]) func anExampleEndsWithTheFirstAdversarialPointThatIsSeen(norm: Norm) throws {
  for attack in attacks(norm) where !(attack is any MinimumNormAttack) {
    for outcome in try candidates(attack, norm).evaluation.examples where outcome.isBroken {
      #expect(outcome.trace?.first?.queries == outcome.forwards, "\(attack.title)")
      #expect(outcome.trace?.count == 1)
    }
  }
}

@Test(arguments: norms) func scoreAttacksInABallWithoutExtentChangeNothing(norm: Norm) throws {
  for attack in attacks(norm) where !(attack is any MinimumNormAttack) {
    let found = try candidates(attack, norm, radius: 0)
    #expect(found.evaluation.robustAccuracy.fraction == 1 && found.evaluation.forwards == 0)
  }
}

@Test func attacksOnFeatureVectorsAndColoursFindWhatThereIs() throws {
  for shape: Shape in [[9], [3, 3, 2]] {
    let model = LinearClassifier.random(inputShape: shape, classCount: 3, seed: 6)
    let set = try evaluationSet(images(20, shape: shape), model: model)
    for norm in norms {
      for attack in attacks(norm) {
        // Large enough to break some: three scalars are one pixel in colour.
        let radius: Float = norm == .l0 ? 3 : norm == .linf ? 0.5 : 1.5
        let result = try candidates(attack, norm, on: set, model: model, radius: radius).evaluation
        #expect(result.examples.contains { $0.isBroken }, "\(attack.title) \(shape)")
        #expect(result.examples.allSatisfy { !$0.status.isInvalid }, "\(attack.title) \(shape)")
      }
    }
  }
}

@Test(arguments: [SampledGradient.Direction.signs, .normal])
func theEstimateConvergesToTheGradient(direction: SampledGradient.Direction) throws {
  let model = try OracleClassifier.tiny()
  let set = try evaluationSet(images(3, shape: model.inputShape, inner: true), model: model)
  let task = AttackTask(
    images: set.images, ids: set.ids, goal: set.goal, threat: ThreatModel(norm: .linf, radius: 0.1),
    random: RandomSource(seed: 5))
  let truth = try task.gradient(at: task.images, of: .crossEntropy, model: AttackedModel(model)).gradient
  func cosines(samples: Int) throws -> [Double] {
    let estimate = try SampledGradient(direction: direction, samples: samples, distance: 1e-3, loss: .crossEntropy)
      .estimate(at: task.images, of: task, step: 0, model: QueriedModel(model))
    return (0..<3).map { row in
      let pairs = zip(estimate.examples(row..<row + 1).scalars, truth.examples(row..<row + 1).scalars)
      let (dot, a, b) = pairs.reduce((0.0, 0.0, 0.0)) { sums, pair in
        let (x, y) = (Double(pair.0), Double(pair.1))
        return (sums.0 + x * y, sums.1 + x * x, sums.2 + y * y)
      }
      return dot / (a * b).squareRoot()
    }
  }
  // On a plane the cosine is about √(n / (n + d)), d = 64: 0.98 for 1500, 0.33 for 8.
  let many = try cosines(samples: 1500)
  #expect(many.allSatisfy { $0 > 0.95 }, "\(many)")
  #expect(try cosines(samples: 8).contains { $0 < 0.7 })
}
