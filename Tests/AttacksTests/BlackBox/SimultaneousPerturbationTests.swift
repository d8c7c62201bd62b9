import Attacks
import Networks
import TestSupport
import Testing

@Test func spsaReachesTheOptimumOfALinearModel() throws {
  // Scalars whose slope drowns in the noise of the others may be left behind: a tenth.
  try expectOptimum(SimultaneousPerturbation(steps: 100, directions: 64, learningRate: 0.03), .linf, factor: 1.1)
}

@Test func aStepOfSPSATakesTwoQueriesForEachPairAndOneForTheLook() throws {
  #expect(try queries(SimultaneousPerturbation(steps: 3, directions: 9), .linf) == [3 * (2 * 9 + 1)])
}

@Test func theFirstStepOfSPSAIsThatOfAdamAlongTheEstimate() throws {
  let (set, model) = try robustSet()
  let found = try evaluator().evaluateCandidates(
    of: SimultaneousPerturbation(steps: 1, directions: 400, learningRate: 0.01), on: set,
    threat: ThreatModel(norm: .linf, radius: 0.3), model: model)
  // Adam's first step has the length of the learning rate in every scalar, up to its 1e-8 beside slopes of 0.1.
  let truth = try AttackedModel(model).pullback(at: set.images, for: set.ids) { logits, rows in
    set.goal.objective(.margin, of: logits, rows: rows).gradient
  }.gradient
  for (index, slope) in truth.scalars.enumerated() {
    let moved = found.images.scalars[index] - set.images.scalars[index]
    #expect(abs(abs(moved) - 0.01) < 1e-5)
    // The noise of an estimate of 400 pairs is about a twentieth of the length of the gradient.
    if abs(slope) > 0.35 { #expect((moved > 0) == (slope > 0)) }
  }
}
