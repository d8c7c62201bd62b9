import Attacks
import Hyperparameters
import Networks
import TestSupport
import Testing

/// Goes up by steps of a tenth from the image and ends at the top.
private struct Staircase: BlackBoxAttack {
  static let method = Method(name: "staircase", title: "Staircase", summary: "Goes up.")
  static let norms: [Norm] = [.linf]

  func perturb(_ task: AttackTask, model: QueriedModel) throws -> Tensor<Float> {
    var points = task.images
    for step in stride(from: Float(10), through: 1, by: -1) {
      points = Tensor(shape: points.shape, scalars: task.images.scalars.map { min($0 + step / 10, 1) })
      _ = try task.logits(of: points, model: model)
    }
    // Samples for an estimate, two for each example, are no candidates.
    _ = try model.logits(of: Tensor(shape: [2 * task.count, 1], repeating: 0.5), for: task.ids)
    return points
  }
}

@Suite struct QueryTraceTests {
  /// From 0.4 the steps end at 1, 1, 1, 1, 1, 0.9, 0.8, 0.7, 0.6, 0.5: adversarial in the bands at queries 1 to 5, 7 and
  /// 10, each nearer than those before.
  @Test func everyNearerAdversarialPointIsKept() throws {
    let model = BandClassifier(bands: [0.45...0.55, 0.75...0.85, 0.95...1])
    let set = try EvaluationSet(images: Tensor(shape: [2, 1], scalars: [0.4, 0.4]), labels: [0, 0])
    let wide = try evaluator().evaluate(
      Staircase(), on: set, threat: ThreatModel(norm: .linf, radius: 0.6), model: model)
    for example in wide.examples {
      #expect(example.trace?.map(\.queries) == [1, 7, 10] && example.isBroken && example.forwards == 12)
      for (point, expected) in zip(example.trace ?? [], [0.6, 0.4, 0.1]) {
        #expect(abs(Double(point.distance) - expected) < 1e-6, "a step of single precision")
      }
    }
    #expect(wide.queriesToSuccess == [1, 1])
    let narrow = try evaluator().evaluate(
      Staircase(), on: set, threat: ThreatModel(norm: .linf, radius: 0.15), model: model)
    #expect(narrow.queriesToSuccess == [10, 10], "those before were too far away")
  }

  @Test func successAgainstQueries() throws {
    let model = BandClassifier(bands: [0.95...1])
    let set = try EvaluationSet(images: Tensor(shape: [3, 1], scalars: [0.1, 0.5, 0.7]), labels: [0, 0, 0])
    let found = try evaluator().evaluate(
      UniformNoise(draws: 40), on: set, threat: ThreatModel(norm: .linf, radius: 0.5), model: model)
    let queries = try #require(found.queriesToSuccess)
    #expect(queries.count == found.successRate.hits && queries == queries.sorted())
    #expect(found.summary.successRate(within: 0) == 0)
    #expect(found.summary.successRate(within: 40) == Double(found.successRate.hits) / 3)
    let gradients = try evaluator().evaluate(
      FastGradient(), on: set, threat: ThreatModel(norm: .linf, radius: 0.5), model: model)
    #expect(gradients.queriesToSuccess == nil)
  }

  /// Half a step of one bit is a quarter of the range: a pixel at 0.6 becomes 1, one at 0.4 becomes 0.
  @Test func roundedPixels() throws {
    let model = BandClassifier(bands: [0.55...0.65])
    let set = try EvaluationSet(images: Tensor(shape: [1, 1], scalars: [0.5]), labels: [0])
    let threat = ThreatModel(norm: .linf, radius: 0.11)
    for (bits, survives) in [(1, false), (8, true)] {
      var evaluator = evaluator()
      evaluator.roundingBits = bits
      let found = try evaluator.verify(
        Tensor(shape: [1, 1], scalars: [0.6]), of: set, threat: threat, model: model)
      #expect(found.examples[0].isBroken && found.examples[0].survivesRounding == survives)
    }
    let whole = try evaluator().verify(Tensor(shape: [1, 1], scalars: [0.6]), of: set, threat: threat, model: model)
    #expect(whole.examples[0].survivesRounding == nil, "not asked")
  }
}
