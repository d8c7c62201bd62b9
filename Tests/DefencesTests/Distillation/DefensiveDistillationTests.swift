import Attacks
import Compute
import Defences
import Exchange
import Networks
import Testing
import Training

@Suite struct DefensiveDistillationTests {
  @Test func theTeacherLearnsLabelsAtATemperature() throws {
    let item = try Case(isNormalized: true)
    let pass = try DefensiveDistillation(temperature: 7).pass(through: item.model, over: item.batch)
    try item.check(pass) { parameters in
      let logits = try item.trainingLogits(item.images, parameters)
      return 7 * mean(crossEntropies(Tensor(shape: logits.shape, scalars: logits.scalars.map { $0 / 7 }), item.labels))
    }
  }

  @Test func theStudentLearnsTheTeachersProbabilities() throws {
    let item = try Case(isNormalized: false)
    let teacher = try CompiledModel(
      network: item.network, parameters: Parameters.initial(for: item.network, random: RandomSource(seed: 99)))
    let objective = DefensiveDistillation(temperature: 5, teacher: teacher)
    let pass = try objective.pass(through: item.model, over: item.batch)
    func cooled(_ logits: Tensor<Double>) -> [[Double]] {
      Tensor(shape: logits.shape, scalars: logits.scalars.map { $0 / 5 }).probabilities
    }
    let targets = cooled(try teacher.logits(of: item.images).double)
    try item.check(pass) { parameters in
      let found = cooled(try item.trainingLogits(item.images, parameters))
      return 5 * mean(zip(targets, found).map { t, p in -zip(t, p).reduce(0) { $0 + $1.0 * logarithm($1.1) } })
    }
  }

  @Test func aTemperatureIsPositive() throws {
    let item = try Case(isNormalized: false)
    #expect(throws: TrainingError.self) {
      try DefensiveDistillation(temperature: 0).pass(through: item.model, over: item.batch)
    }
  }

  /// What distillation does to the digits: the cross-entropy loses its gradient, the margin does not.
  ///
  /// The network that ships is multiplied by 100, which is what training at T = 100 comes to and takes no training here.
  @Test func saturatedLogitsMaskTheGradient() throws {
    let model = try Digits.classifier()
    let distilled = ScaledLogits(model, times: 100)
    let set = try Digits.testSet(count: 100)
    let threat = ThreatModel(norm: .linf, radius: 0.2)
    func robust(_ model: any DifferentiableClassifier, _ loss: Loss) throws -> Int {
      let attack = ProjectedGradient(steps: 20, randomStart: false, loss: loss)
      return try Evaluator().evaluate(attack, on: set, threat: threat, model: model).robustAccuracy.hits
    }
    let masked = try robust(distilled, .crossEntropy)
    let margin = try robust(distilled, .margin)
    let scaledBack = try robust(ScaledLogits(distilled, times: 0.01), .crossEntropy)
    #expect(masked > 50, "\(masked) of 100 stand because there is no gradient")
    #expect(margin < 15 && scaledBack < 15, "\(margin), \(scaledBack)")
  }
}
