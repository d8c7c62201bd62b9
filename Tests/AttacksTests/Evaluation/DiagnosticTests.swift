import Attacks
import Networks
import Synchronization
import TestSupport
import Testing

/// A model that adds something to its logits that no gradient shows.
private struct Unsteady: DifferentiableClassifier {
  let base: OracleClassifier
  let calls: @Sendable () -> Float
  var inputShape: Shape { base.inputShape }
  var classCount: Int { base.classCount }
  let pullbackLogitsAreExact = true

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    let logits = try base.logits(of: images)
    let shift = calls()
    return Tensor(shape: logits.shape, scalars: logits.scalars.map { $0 + shift })
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    try base.pullback(at: images, cotangent: cotangent)
  }
}

/// 0, 1, 2, …
private final class Counter: Sendable {
  private let value = Mutex<Float>(0)

  func next() -> Float {
    value.withLock { value in
      defer { value += 1 }
      return value
    }
  }
}

/// A model with the logits of another and no gradient.
private struct Masked: DifferentiableClassifier {
  let base: OracleClassifier
  var inputShape: Shape { base.inputShape }
  var classCount: Int { base.classCount }
  let pullbackLogitsAreExact = true

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> { try base.logits(of: images) }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    (try base.logits(of: images), Tensor(shape: images.shape))
  }
}

@Suite struct DiagnosticTests {
  private let oracle: OracleClassifier
  private let set: EvaluationSet

  init() throws {
    oracle = try OracleClassifier.tiny()
    set = try evaluationSet(images(24, shape: oracle.inputShape), model: oracle)
  }

  private func results(
    _ attacks: [any Attack], _ radii: [Float], model: any DifferentiableClassifier
  ) throws -> [SuiteResult] {
    let threats = radii.map { ThreatModel(norm: .linf, radius: $0) }
    return try SuiteEvaluation(
      Suite(name: "some", attacks: attacks), on: set, threats: threats, target: UndefendedModel(model)
    ).run(by: evaluator()).results
  }

  @Test func anHonestModelShowsNoSign() throws {
    let results = try results(
      [FastGradient(), ProjectedGradient(steps: 40), UniformNoise(draws: 20)], [0.03], model: oracle)
    #expect(results.flatMap(\.diagnostics) == [])
    #expect(try ModelProbe(oracle, on: set).diagnostics(of: results, by: evaluator()) == [])
  }

  @Test func maskedGradientsLetNoiseWinAndUnboundedAttacksFail() throws {
    let model = Masked(base: oracle)
    let attack = ProjectedGradient(steps: 5, randomStart: false)
    let results = try results([attack, UniformNoise(draws: 200)], [0.4], model: model)
    let broken = results[0].attacks[1].judgement.bare?.successRate.hits ?? 0
    #expect(broken > 0)
    #expect(results[0].diagnostics == [.blackBoxIsStronger(examples: broken, radius: 0.4)])
    let alone = try self.results([attack], [0.1], model: model)
    let signs = try ModelProbe(model, on: set).diagnostics(of: alone, by: evaluator())
    // The probe starts at random points of the whole box, and from there no gradient leads on.
    #expect(signs.contains { if case .unboundedAttackFails = $0 { true } else { false } }, "\(signs)")
  }

  @Test func oneStepThatBeatsManyIsSeen() throws {
    // Steps of nearly nothing.
    let results = try results(
      [FastGradient(), ProjectedGradient(steps: 2, stepSize: 1e-6, randomStart: false)], [0.1], model: oracle)
    let broken = results[0].attacks[0].judgement.bare?.successRate.hits ?? 0
    #expect(results[0].diagnostics == [.oneStepIsStronger(examples: broken, radius: 0.1)])
  }

  @Test func tooFewStepsAndOtherSeedsAreSeen() throws {
    let slow = try results([ProjectedGradient(steps: 3, stepSize: 0.012, randomStart: false)], [0.1], model: oracle)
    let signs = try ModelProbe(oracle, on: set).diagnostics(of: slow, by: evaluator())
    #expect(signs.contains { if case .moreStepsAreStronger(_, _, steps: 6) = $0 { true } else { false } }, "\(signs)")
    let lucky = try results([ProjectedGradient(steps: 1, stepSize: 1e-6, restarts: 3)], [0.3], model: oracle)
    let others = try ModelProbe(oracle, on: set).diagnostics(of: lucky, by: evaluator())
    #expect(others.contains { if case .otherSeedIsStronger = $0 { true } else { false } }, "\(others)")
  }

  @Test func randomOutputsAndProbabilitiesAreSeen() throws {
    let count = Counter()
    let random = Unsteady(base: oracle) { count.next() }
    #expect(
      try ModelProbe(random, on: set).diagnostics(of: [], by: evaluator()) == [.outputIsRandom(examples: 24, of: 24)])
    let fractions = BandClassifier(bands: [0.5...0.6])
    let pixels = try EvaluationSet(images: Tensor(shape: [2, 1], scalars: [0.5, 0.7]), labels: [1, 0])
    #expect(try ModelProbe(fractions, on: pixels).diagnostics(of: [], by: evaluator()) == [.outputIsProbability])
  }
}
