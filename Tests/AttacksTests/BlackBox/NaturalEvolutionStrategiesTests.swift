import Attacks
import Networks
import TestSupport
import Testing

@Test(arguments: [Norm.linf, .l2]) func nesReachesTheOptimumOfALinearModel(norm: Norm) throws {
  try expectOptimum(NaturalEvolutionStrategies(), norm, factor: 1.1)
}

@Test func nesSpendsItsQueriesInWholeSteps() throws {
  #expect(try queries(NaturalEvolutionStrategies(queries: 100, directions: 10), .linf) == [84])
  // One step of a smaller estimate rather than none.
  #expect(try queries(NaturalEvolutionStrategies(queries: 8, directions: 10), .l2) == [7])
  #expect(try queries(NaturalEvolutionStrategies(queries: 3), .l2) == [3])
}

@Test func aStepOfNESInL2FollowsTheGradient() throws {
  let (set, model) = try robustSet()
  let attack = NaturalEvolutionStrategies(queries: 4001, directions: 2000, stepSize: 0.1, loss: .margin)
  let found = try evaluator().evaluateCandidates(
    of: attack, on: set, threat: ThreatModel(norm: .l2, radius: 1), model: model)
  let truth = try AttackedModel(model).pullback(at: set.images, for: set.ids) { logits, rows in
    set.goal.objective(.margin, of: logits, rows: rows).gradient
  }.gradient.scalars
  for row in 0..<3 {
    let range = row * 20..<(row + 1) * 20
    let moves = range.map { Double(found.images.scalars[$0]) - Double(set.images.scalars[$0]) }
    let slopes = range.map { Double(truth[$0]) }
    let dot = zip(moves, slopes).reduce(0) { $0 + $1.0 * $1.1 }
    let lengths = [moves, slopes].map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    #expect(abs(lengths[0] - 0.1) < 1e-4)
    // √(2000 / 2020), but for the rounding of logits of 100: 4e-6 beside a difference of 0.002.
    #expect(dot / (lengths[0] * lengths[1]) > 0.98)
  }
}
