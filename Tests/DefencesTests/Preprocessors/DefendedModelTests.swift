import Attacks
import Compute
import Defences
import Hyperparameters
import Networks
import Testing

/// On the digits: what an attack that knows the defence finds, against one that does not.
@Suite struct DefendedModelTests {
  private let threat = ThreatModel(norm: .linf, radius: 0.1)

  private func evaluator(batchSize: Int = 128) -> Evaluator {
    var evaluator = Evaluator()
    evaluator.batchSize = batchSize
    evaluator.workers = Workers(count: 2)
    return evaluator
  }

  private func judged(
    _ target: any DifferentiableClassifier, _ defended: DefendedModel, _ set: EvaluationSet, batchSize: Int = 128
  ) throws -> ExampleAccuracies {
    var evaluator = evaluator(batchSize: batchSize)
    evaluator.attacksMisclassified = defended.preprocessor.isRandomized
    let attack = ProjectedGradient(steps: 20, earlyStop: !defended.preprocessor.isRandomized)
    let found = try evaluator.evaluateCandidates(of: attack, on: set, threat: threat, model: target)
    return try #require(
      try defended.judge(found.inside(set).images, of: set, threat: threat, by: evaluator))
  }

  @Test(arguments: [
    BitDepth(bits: 2) as any Preprocessor, JPEG(quality: 60), MedianFilter(size: 2), GaussianFilter(sigma: 0.5),
    GaussianNoise(sigma: 0.1), RandomResize(smallest: 0.8),
  ]) func theAdaptiveAttackFindsMore(preprocessor: any Preprocessor) throws {
    let set = try Digits.testSet(count: 120)
    let defended = try DefendedModel(
      preprocessor, before: try Digits.classifier(), samples: 8, draws: 5, random: RandomSource(seed: 0))
    let judgement = try defended.judge(set.images, of: set, threat: threat, by: evaluator())
    let clean = try #require(judgement?.accuracy)
    let bare = try #require(try defended.obliviousTarget())
    let oblivious = try #require(try judged(bare, defended, set).accuracy)
    let adaptive = try #require(try judged(try defended.adaptiveTarget(), defended, set).accuracy)
    #expect(oblivious <= clean)
    // Where the defence is random, both are means of 600 answers: their difference has a standard error of 0.025.
    let slack = preprocessor.isRandomized ? 0.05 : 0
    #expect(
      adaptive <= oblivious + slack, "\(preprocessor): clean \(clean), oblivious \(oblivious), adaptive \(adaptive)")
  }

  @Test func resultsDoNotDependOnBatches() throws {
    let set = try Digits.testSet(count: 40)
    let defended = try DefendedModel(
      GaussianNoise(sigma: 0.2), before: try Digits.classifier(), samples: 3, draws: 4, random: RandomSource(seed: 1))
    let first = try judged(try defended.adaptiveTarget(), defended, set, batchSize: 40)
    let second = try judged(try defended.adaptiveTarget(), defended, set, batchSize: 7)
    #expect(first == second)
    #expect(first.shares.contains { $0 != 0 && $0 != 1 }, "else the test shows nothing")
  }

  @Test func attacksAndEvaluationHaveDifferentDraws() throws {
    let set = try Digits.testSet(count: 5)
    let noise = GaussianNoise(sigma: 0.2)
    let draws = [Purpose.defence, .evaluation].map { noise.apply(set.images, draw: Draw(purpose: $0)) }
    #expect(draws[0] != draws[1])
  }

  /// A minimum-norm attack may go beyond the radius; at this radius that is no success and no violation.
  @Test func farthestExamplesCountAsRobust() throws {
    let set = try Digits.testSet(count: 20)
    let model = try Digits.classifier()
    let found = try evaluator().evaluateCandidates(of: FarNoise(), on: set, threat: threat, model: model)
    #expect(found.evaluation.examples.contains { $0.status == .beyondRadius }, "else the test shows nothing")
    let defended = try DefendedModel(JPEG(), before: model, random: RandomSource(seed: 0))
    let judgement = try #require(
      try defended.judge(found.inside(set).images, of: set, threat: threat, by: evaluator()))
    #expect(judgement.count == 20)
  }

  @Test func aNetworkForOtherImagesCannotBeAttackedAlone() throws {
    let network = try Architectures.network("tinycnn", inputShape: [4, 8, 8], classCount: 10)
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 1))
    let model = try CompiledModel(network: network, parameters: parameters)
    let defended = try DefendedModel(Thermometer(levels: 4), before: model, random: RandomSource(seed: 0))
    #expect(try defended.obliviousTarget() == nil)
    let set = try Digits.testSet(count: 30)
    #expect(try judged(try defended.adaptiveTarget(), defended, set).count == 30)
  }
}

/// Stands for a minimum-norm attack: it goes as far as it needs to, which is far.
private struct FarNoise: BlackBoxAttack, MinimumNormAttack {
  static let method = Method(name: "far", title: "Far", summary: "Goes far.")
  static let norms: [Norm] = [.linf]

  func perturb(_ task: AttackTask, model: QueriedModel) throws -> Tensor<Float> {
    Tensor(shape: task.images.shape, scalars: task.images.scalars.map { 1 - $0 })
  }
}
