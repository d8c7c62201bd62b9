import Attacks
import Defences
import Networks
import Testing
import Training

@Suite struct RobustValidationTests {
  private let threat = ThreatModel(norm: .linf, radius: 0.1)

  @Test func itIsTheEvaluatorsAccuracy() throws {
    let item = try Case(isNormalized: true, count: 40)
    let validation = try RobustValidation(
      item.batch.examples, count: 100, threat: threat, steps: 5, seed: 3, workers: Workers(count: 2))
    #expect(validation.examples.ids == item.batch.examples.ids)
    var evaluator = Evaluator()
    evaluator.random = RandomSource(seed: 3)
    let set = try EvaluationSet(images: item.images, labels: item.labels, ids: item.batch.examples.ids)
    let found = try evaluator.evaluate(ProjectedGradient(steps: 5), on: set, threat: threat, model: item.model)
    #expect(try validation(item.model) == found.robustAccuracy.fraction)
    #expect(try validation(item.model) == validation(item.model), "the same starts in every epoch")
    #expect(try validation(item.model, on: item.batch.examples) == validation(item.model))
    let clean = try #require(found.cleanAccuracy.fraction)
    #expect(try validation(item.model) < clean, "else the test shows nothing")
  }

  @Test func imagesAreTakenEvenly() throws {
    let item = try Case(isNormalized: false, count: 10)
    let validation = try RobustValidation(
      item.batch.examples, count: 4, threat: threat, steps: 1, seed: 0, workers: Workers(count: 1))
    let ids = item.batch.examples.ids
    #expect(validation.examples.ids == [ids[0], ids[2], ids[5], ids[7]])
  }
}
