import Defences
import Networks
import Reference
import Testing
import Training

@Suite struct InputGradientRegularizationTests {
  /// The penalised loss in double precision with input gradients of the oracle.
  ///
  /// The differences over h = 0.005 have errors of order h² and 1e-7 / h, some 1e-4 of slopes up to 10.
  @Test func matchesItsFormula() throws {
    let item = try Case(isNormalized: false)
    let pass = try InputGradientRegularization(weight: 3, difference: 5e-3).pass(through: item.model, over: item.batch)
    func penalty(_ parameters: ParameterSet<Double>) throws -> Double {
      let oracle = try ReferenceModel(network: item.network, parameters: parameters)
      let p = oracle.logits(of: item.images.double).probabilities
      let cotangent = zip(p, item.labels).flatMap { row, label in
        row.enumerated().map { $0.element - ($0.offset == label ? 1 : 0) }
      }
      let gradient = oracle.pullback(
        at: item.images.double, cotangent: Tensor(shape: [6, 3], scalars: cotangent)
      ).inputGradient
      return gradient.scalars.reduce(0) { $0 + $1 * $1 } / 6
    }
    #expect(try penalty(item.parameters.double) > 0.01, "else the test shows nothing")
    try item.check(pass, tolerance: 2e-3) { parameters in
      try mean(crossEntropies(try item.trainingLogits(item.images, parameters), item.labels)) + 3 * penalty(parameters)
    }
  }

  @Test func refusesBatchNormalization() throws {
    let item = try Case(isNormalized: true)
    #expect(throws: TrainingError.self) {
      try InputGradientRegularization().pass(through: item.model, over: item.batch)
    }
  }
}
