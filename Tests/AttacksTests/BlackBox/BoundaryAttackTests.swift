import Attacks
import Networks
import TestSupport
import Testing

/// Near the optimum on a plane boundary the walk is one of random directions: of 20 dimensions a step of 1 % is a gain in
/// half of all cases, and 5,000 steps shorten the angle until steps are smaller than what is left to gain.
@Test func theBoundaryAttackComesNearTheOptimum() throws {
  let ratios = try ratiosToOptimum(BoundaryAttack(), norm: .l2)
  #expect(ratios.count > 15)
  #expect(ratios.allSatisfy { $0 > 0.9999 && $0 < 1.1 }, "\(ratios)")
}

@Test func moreStepsOfTheBoundaryAttackComeNearer() throws {
  let (few, many) = (
    try ratiosToOptimum(BoundaryAttack(steps: 50), norm: .l2),
    try ratiosToOptimum(BoundaryAttack(steps: 500), norm: .l2)
  )
  #expect(zip(few, many).allSatisfy { $1 <= $0 })
  #expect(many.median < few.median)
}

@Test func aStepThatHasConvergedEndsTheBoundaryAttack() throws {
  var attack = BoundaryAttack(steps: 100)
  attack.convergence = 1
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)
  let set = try evaluationSet(images(5, shape: model.inputShape), model: model)
  let threat = ThreatModel(norm: .l2, radius: 100)
  let result = try evaluator().evaluate(attack, on: set, threat: threat, model: model)
  // Nothing but the start: noise, and 50 shares of it.
  #expect(result.examples.allSatisfy { $0.forwards < 100 })
}

@Test func senselessBoundaryParametersAreRefused() {
  let threat = ThreatModel(norm: .l2, radius: 1)
  var narrow = BoundaryAttack()
  narrow.adaptation = 0.5
  for attack in [BoundaryAttack(steps: 0), BoundaryAttack(steps: 1, draws: 0), narrow] {
    #expect(throws: AttackError.self) { try attack.validate(threat: threat, classCount: 2) }
  }
}
