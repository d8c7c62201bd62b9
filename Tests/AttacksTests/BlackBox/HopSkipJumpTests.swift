import Attacks
import Networks
import TestSupport
import Testing

/// 500 directions of 20 dimensions tell the normal up to an angle of √(20 π / 2 / 500) = 0.25, which costs 3 % in L2; the
/// nearest of 25 points is better than one. In L∞ weights that are small may get a wrong sign, which costs little.
@Test(arguments: [Norm.linf, .l2]) func hopSkipJumpComesNearTheOptimum(norm: Norm) throws {
  let ratios = try ratiosToOptimum(HopSkipJump(), norm: norm)
  #expect(ratios.count > 15)
  #expect(ratios.allSatisfy { $0 > 0.9999 && $0 < 1.05 }, "\(ratios)")
}

/// One pixel, and a boundary at 0.5: what is left after 24 halvings is a share of 2⁻²⁴ of the way, and its rounding.
@Test(arguments: [Norm.linf, .l2]) func theBinarySearchEndsAtTheBoundary(norm: Norm) throws {
  let model = BandClassifier(bands: [0.5...1])
  let set = try EvaluationSet(images: Tensor(shape: [20, 1], repeating: 0.3), labels: Array(repeating: 0, count: 20))
  var attack = HopSkipJump(steps: 1, initialDirections: 1)
  attack.gamma = 1e-9
  let threat = ThreatModel(norm: norm, radius: 1)
  let result = try evaluator().evaluate(attack, on: set, threat: threat, model: model)
  #expect(result.examples.allSatisfy { $0.isBroken && abs($0.distance - 0.2) < 2e-7 })
}

@Test func moreDirectionsCostWhatTheyShould() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)
  let set = try evaluationSet(images(5, shape: model.inputShape), model: model)
  let threat = ThreatModel(norm: .l2, radius: 100)
  func forwards(_ directions: Int) throws -> Int {
    try evaluator().evaluate(
      HopSkipJump(steps: 1, initialDirections: directions), on: set, threat: threat, model: model
    ).forwards
  }
  // The searches that follow differ by some queries.
  #expect(abs(try forwards(500) - forwards(100) - 5 * 400) < 5 * 30)
}

@Test func senselessHopSkipJumpParametersAreRefused() {
  let threat = ThreatModel(norm: .l2, radius: 1)
  var flat = HopSkipJump()
  flat.gamma = 0
  for attack in [HopSkipJump(steps: 0), HopSkipJump(steps: 1, initialDirections: 0), flat] {
    #expect(throws: AttackError.self) { try attack.validate(threat: threat, classCount: 2) }
  }
}
