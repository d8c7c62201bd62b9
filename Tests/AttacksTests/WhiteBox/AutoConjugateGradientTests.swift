import Attacks
import Networks
import TestSupport
import Testing

private let linear = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)

/// The gradient of a linear model does not change, so that β is 0/0 and counts as none: steps are those of plain ascent,
/// and reach the optimum. In L2 a step of ε/2ᵏ shortens the angle to it by as much.
@Test(arguments: [(Norm.linf, 1.01), (.l2, 1.05)], [false, true])
func conjugateGradientsReachTheOptimum(setting: (norm: Norm, slack: Double), rescales: Bool) throws {
  let attack: any Attack = rescales ? RescalingConjugateGradient() : AutoConjugateGradient()
  let all = images(30, shape: linear.inputShape)
  for row in 0..<30 {
    let set = try evaluationSet(all.examples(row..<row + 1), model: linear)
    let optimum = linear.optimum(setting.norm, image: set.images.scalars, label: set.labels[0], bounds: 0...1)
    guard optimum.isFinite, optimum > 1e-3 else { continue }
    for (factor, expected) in [(setting.slack, ExampleStatus.broken), (0.99, .robust)] {
      let threat = ThreatModel(norm: setting.norm, radius: Float(factor * optimum))
      #expect(try evaluator().evaluate(attack, on: set, threat: threat, model: linear).examples[0].status == expected)
    }
  }
}

private func weight(_ gradient: [Float], _ previous: [Float], _ direction: [Float], rescales: Bool) -> Float {
  gradient.withUnsafeBufferPointer { gradient in
    previous.withUnsafeBufferPointer { previous in
      direction.withUnsafeBufferPointer { direction in
        ConjugateWeight(gradient: gradient, previous: previous, direction: direction).value(rescales: rescales)
      }
    }
  }
}

/// ⟨g, g₋ − g⟩ / ⟨s₋, g₋ − g⟩ worked out by hand.
@Test func weightsAreThoseOfTheAuthors() {
  // g = (1, 2), g₋ = (3, 1), s₋ = (1, 1): g₋ − g = (2, −1); (2 − 2) / (2 − 1) = 0.
  #expect(weight([1, 2], [3, 1], [1, 1], rescales: false) == 0)
  // g = (1, 1), g₋ = (3, 1), s₋ = (1, 0): (2 + 0) / 2 = 1.
  #expect(weight([1, 1], [3, 1], [1, 0], rescales: false) == 1)
  // A gradient that has not changed: 0/0.
  #expect(weight([1, 1], [1, 1], [1, 0], rescales: false) == 0)
}

/// β is exchanged where it exceeds the mean of |g / s₋| and that of unit gradients is smaller.
@Test func largeWeightsAreRescaled() {
  // g = (0.1, 0), g₋ = (0, 1), s₋ = (1, 1.05): g₋ − g = (−0.1, 1); −0.01 / 0.95. The mean of the ratios is 0.05.
  #expect(abs(weight([0.1, 0], [0, 1], [1, 1.05], rescales: true) + 0.01 / 0.95) < 1e-6)
  // s₋ = (1, 0.101): −0.01 / 0.001 = −10 exceeds it. Unit gradients: (1, 0), (0, 1); −1 / (−1 + 0.101).
  #expect(abs(weight([0.1, 0], [0, 1], [1, 0.101], rescales: false) + 10) < 1e-3)
  #expect(abs(weight([0.1, 0], [0, 1], [1, 0.101], rescales: true) - 1 / 0.899) < 1e-5)
  // A pixel without gradient and direction is as good as not there.
  #expect(
    weight([0.1, 0, 0], [0, 1, 0], [1, 0.101, 0], rescales: true)
      == weight([0.1, 0], [0, 1], [1, 0.101], rescales: true))
}

@Test func conjugateGradientsAreNoWeakerThanOneStep() throws {
  let model = try OracleClassifier.tiny()
  let set = try evaluationSet(images(40, shape: model.inputShape), model: model)
  let threat = ThreatModel(norm: .linf, radius: 0.05)
  func hits(_ attack: any Attack) throws -> Int {
    try evaluator(workers: 2).evaluate(attack, on: set, threat: threat, model: model).successRate.hits
  }
  let one = try hits(FastGradient())
  #expect((3...37).contains(one))
  #expect(try hits(AutoConjugateGradient()) >= one)
  #expect(try hits(RescalingConjugateGradient()) >= one)
}
