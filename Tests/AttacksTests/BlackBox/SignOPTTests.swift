import Attacks
import Networks
import TestSupport
import Testing

/// 200 signs in 20 dimensions tell the gradient up to an angle of √(20 π / 2 / 200) = 0.4: every step takes most of what
/// is left, and 10,000 queries are more than 40 steps.
@Test(arguments: [false, true]) func signsOfDerivativesLeadToTheOptimum(inner: Bool) throws {
  let ratios = try ratiosToOptimum(SignOPT(), norm: .l2, inner: inner)
  #expect(ratios.count > 10)
  #expect(ratios.allSatisfy { $0 > 0.9999 && $0 < 1.05 }, "\(ratios)")
}

@Test func signOPTKeepsToItsQueries() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)
  let set = try evaluationSet(images(10, shape: model.inputShape), model: model)
  let threat = ThreatModel(norm: .l2, radius: 100)
  let result = try evaluator().evaluate(SignOPT(queries: 700), on: set, threat: threat, model: model)
  // Of the start a few draws and 50 shares of one.
  #expect(result.examples.allSatisfy { $0.forwards <= 700 + 50 + 1000 })
  #expect(result.examples.contains { $0.forwards >= 700 })
}

@Test func senselessSignOPTParametersAreRefused() {
  let threat = ThreatModel(norm: .l2, radius: 1)
  for attack in [SignOPT(queries: 0), SignOPT(queries: 1, steps: 0), SignOPT(queries: 1, directions: 0)] {
    #expect(throws: AttackError.self) { try attack.validate(threat: threat, classCount: 2) }
  }
}
