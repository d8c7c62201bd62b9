import Attacks
import Networks
import TestSupport
import Testing

private let linear = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)

/// In L∞ every point with the right signs is the optimum. In L2 the steps fall to zero, and what is left of the angle
/// between last steps and optimum costs less than 5 %.
@Test(arguments: [(Norm.linf, 1.01), (.l2, 1.05)])
func probabilityMarginsReachTheOptimum(setting: (norm: Norm, slack: Double)) throws {
  let all = images(30, shape: linear.inputShape)
  for row in 0..<30 {
    let set = try evaluationSet(all.examples(row..<row + 1), model: linear)
    let optimum = linear.optimum(setting.norm, image: set.images.scalars, label: set.labels[0], bounds: 0...1)
    guard optimum.isFinite, optimum > 1e-3 else { continue }
    for (factor, expected) in [(setting.slack, ExampleStatus.broken), (0.99, .robust)] {
      let threat = ThreatModel(norm: setting.norm, radius: Float(factor * optimum))
      let result = try evaluator().evaluate(ProbabilityMarginAttack(), on: set, threat: threat, model: linear)
      #expect(result.examples[0].status == expected, "\(row)")
    }
  }
}

/// Where the model is so sure that probabilities round to 0 and 1 the logarithms still point somewhere in the first half.
@Test func sureModelsAreBroken() throws {
  let sure = LinearClassifier(
    inputShape: linear.inputShape,
    weights: Tensor(shape: linear.weights.shape, scalars: linear.weights.scalars.map { 500 * $0 }),
    biases: linear.biases.map { 500 * $0 })
  let set = try evaluationSet(images(30, shape: linear.inputShape), model: sure)
  let threat = ThreatModel(norm: .linf, radius: 0.2)
  func hits(_ attack: any Attack) throws -> Int {
    try evaluator().evaluate(attack, on: set, threat: threat, model: sure).successRate.hits
  }
  #expect(try hits(ProbabilityMarginAttack()) >= hits(ProjectedGradient(steps: 100, loss: .margin)))
}

@Test func probabilityMarginsAreNoWeakerThanOneStep() throws {
  let model = try OracleClassifier.tiny()
  let set = try evaluationSet(images(40, shape: model.inputShape), model: model)
  let threat = ThreatModel(norm: .linf, radius: 0.05)
  func hits(_ attack: any Attack) throws -> Int {
    try evaluator(workers: 2).evaluate(attack, on: set, threat: threat, model: model).successRate.hits
  }
  let one = try hits(FastGradient())
  #expect((3...37).contains(one))
  #expect(try hits(ProbabilityMarginAttack()) >= one)
}

@Test func probabilityMarginsReachTargets() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 5, seed: 6)
  let set = try evaluationSet(images(30, shape: model.inputShape), model: model, targeted: true)
  let result = try evaluator().evaluate(
    ProbabilityMarginAttack(), on: set, threat: ThreatModel(norm: .linf, radius: 0.5), model: model)
  #expect(result.successRate.hits > 15, "\(result.successRate)")
}
