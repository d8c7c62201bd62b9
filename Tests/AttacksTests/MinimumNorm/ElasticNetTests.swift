import Attacks
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)

private func result(_ attack: ElasticNet, _ set: EvaluationSet) throws -> EvaluatedCandidates {
  try evaluator(workers: 2).evaluateCandidates(
    of: attack, on: set, threat: ThreatModel(norm: .l1, radius: 20), model: model)
}

/// The elastic net, not L1, is minimised: the optimum is missed by what the squares cost.
@Test func elasticNetComesNearTheOptimumInL1() throws {
  let all = images(30, shape: model.inputShape)
  let set = try evaluationSet(all, model: model)
  var attack = ElasticNet(steps: 500, decisionRule: .l1)
  attack.beta = 0.05
  let found = try result(attack, set).evaluation
  var ratios: [Double] = []
  for (row, example) in found.examples.enumerated() {
    let optimum = model.optimum(.l1, image: all.examples(row..<row + 1).scalars, label: example.label, bounds: 0...1)
    guard optimum.isFinite, optimum > 1e-2 else { continue }
    #expect(example.isBroken)
    ratios.append(Double(example.distance) / optimum)
  }
  #expect(ratios.count > 15)
  #expect(ratios.allSatisfy { $0 > 0.9999 && $0 < 1.6 }, "\(ratios)")
  #expect(ratios.sorted()[ratios.count / 2] < 1.2, "\(ratios.sorted())")
}

/// Each rule is the better one by its own measure; and what is not worth its L1 is not changed at all.
@Test func theRuleDecides() throws {
  let set = try evaluationSet(images(20, shape: model.inputShape), model: model)
  let (byNet, byLength) = (
    try result(ElasticNet(steps: 200), set), try result(ElasticNet(steps: 200, decisionRule: .l1), set)
  )
  func size(_ found: EvaluatedCandidates, _ row: Int, _ beta: Double) -> Double {
    let changes = zip(found.images.examples(row..<row + 1).scalars, set.images.examples(row..<row + 1).scalars).map {
      Double($0) - Double($1)
    }
    return changes.reduce(0) { $0 + (beta < 1 ? $1 * $1 : 0) + beta * abs($1) }
  }
  for row in 0..<20 {
    #expect(size(byNet, row, 0.01) <= size(byLength, row, 0.01) + 1e-6)
    #expect(size(byLength, row, 1) <= size(byNet, row, 1) + 1e-6)
  }
  #expect(zip(byNet.images.scalars, set.images.scalars).count { $0 == $1 } > 20)
}

@Test func elasticNetReachesTargets() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 6)
  let set = try evaluationSet(images(12, shape: model.inputShape), model: model, targeted: true)
  let found = try evaluator().evaluate(
    ElasticNet(steps: 200), on: set, threat: ThreatModel(norm: .l1, radius: 20), model: model)
  #expect(found.successRate.hits > 6, "\(found.successRate)")
  for example in found.examples where example.isBroken { #expect(example.adversarialPrediction == example.target) }
}

@Test func rulesAreNames() throws {
  let attack = try AttackCatalog.attack("ead:decision-rule=l1,steps=1000")
  #expect((attack as? ElasticNet)?.decisionRule == .l1)
}
