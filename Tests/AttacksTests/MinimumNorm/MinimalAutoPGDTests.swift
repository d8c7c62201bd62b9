import Attacks
import Networks
import TestSupport
import Testing

private let linear = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)

/// The distance is the closed-form optimum, up to what APGD itself needs more than that: nothing in L∞ but the end of the
/// search at one part in 10,000; in L2 what rescaling and clipping give back at the box, in L1 the smallest step.
@Test(arguments: [(Norm.linf, 1.005), (.l2, 1.12), (.l1, 1.3)])
func theSmallestRadiusIsFound(setting: (norm: Norm, slack: Double)) throws {
  let all = images(20, shape: linear.inputShape)
  var checked = 0
  let set = try evaluationSet(all, model: linear)
  let result = try evaluator().evaluate(
    MinimalAutoPGD(attack: AutoPGD(loss: .margin)), on: set,
    threat: ThreatModel(norm: setting.norm, radius: 100), model: linear)
  for (row, example) in result.examples.enumerated() {
    let optimum = linear.optimum(
      setting.norm, image: all.examples(row..<row + 1).scalars, label: set.labels[row], bounds: 0...1)
    guard optimum.isFinite, optimum > 1e-3 else { continue }
    checked += 1
    let ratio = Double(example.distance) / optimum
    #expect(example.isBroken && ratio > 0.9999 && ratio < setting.slack, "\(row): \(ratio)")
  }
  #expect(checked > 10)
}

@Test func nothingIsFoundBeyondTheLargestRadius() throws {
  let set = try evaluationSet(images(20, shape: linear.inputShape, inner: true), model: linear)
  let threat = ThreatModel(norm: .linf, radius: 1)
  let attack = MinimalAutoPGD(searchSteps: 4, maximumRadius: 1e-5, attack: AutoPGD(loss: .margin))
  let found = try evaluator().evaluateCandidates(of: attack, on: set, threat: threat, model: linear)
  #expect(found.images == set.images)
}
