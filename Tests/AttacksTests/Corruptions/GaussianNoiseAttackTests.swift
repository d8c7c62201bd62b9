import Attacks
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)

/// Away from the ends of the box nothing is cut off: the noise is as large as it may be, up to rounding towards the
/// centre.
@Test(arguments: [Norm.linf, .l2]) func theNoiseFillsTheRadius(norm: Norm) throws {
  let image = images(20, shape: model.inputShape, inner: true)
  let threat = ThreatModel(norm: norm, radius: 0.2)
  let task = AttackTask(
    images: image, ids: Array(0..<20), goal: .misclassify(labels: Array(repeating: 0, count: 20)), threat: threat)
  let points = try GaussianNoiseAttack(draws: 1).perturb(task, model: QueriedModel(model))
  #expect(threat.distances(from: image, to: points).allSatisfy { abs($0 - 0.2) < 1e-6 })
  let ups = zip(points.scalars, image.scalars).count { $0 > $1 }
  // Four standard deviations of 400 tosses.
  #expect(abs(ups - 200) < 40)
}

@Test(arguments: [Norm.linf, .l2]) func normalNoiseBreaksNothingBelowTheOptimum(norm: Norm) throws {
  let all = images(30, shape: model.inputShape)
  var broken = 0
  for row in 0..<30 {
    let set = try evaluationSet(all.examples(row..<row + 1), model: model)
    let optimum = model.optimum(norm, image: set.images.scalars, label: set.labels[0], bounds: 0...1)
    guard optimum.isFinite, optimum > 1e-3 else { continue }
    for factor in [0.99, 10] {
      let result = try evaluator().evaluate(
        GaussianNoiseAttack(), on: set, threat: ThreatModel(norm: norm, radius: Float(factor * optimum)), model: model)
      if factor < 1 { #expect(result.examples[0].status == .robust) } else { broken += result.successRate.hits }
    }
  }
  #expect(broken > 5, "\(broken)")
}
