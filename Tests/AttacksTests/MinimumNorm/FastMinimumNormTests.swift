import Attacks
import Networks
import TestSupport
import Testing

private let line = LinearClassifier(
  inputShape: [1], weights: Tensor(shape: [2, 1], scalars: [0, 1]), biases: [0.7, 0])

/// The first radius is the distance of the linearised boundary, here 0.2, at which the logits are equal and the first
/// class still wins; from there rounding decides, and growth by γ finds the other side: far nearer than DDN's 5 %.
@Test(arguments: [Norm.linf, .l2, .l1]) func theRadiusBeginsAtTheLinearisedBoundary(norm: Norm) throws {
  let image = Tensor<Float>(shape: [1, 1], repeating: 0.5)
  let point = try perturb(FastMinimumNorm(), image, labels: [0], norm: norm, model: line).scalars[0]
  // The last radii differ by 0.1 % to 0.2 %, and γ falls to that while the radius swings about the boundary.
  #expect(point > 0.7 && point < 0.7 + 0.2 * 0.01, "\(point)")
}

/// Foolbox's L2 attack forgets the projection: its points are where the gradient steps lead. On a linear model of one
/// boundary they walk away from it, and only the first adversarial ones count. Here the L2 distance is the optimum's.
@Test func thereIsAProjectionInL2() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)
  let set = try evaluationSet(images(30, shape: model.inputShape, inner: true), model: model)
  let result = try evaluator().evaluate(
    FastMinimumNorm(), on: set, threat: ThreatModel(norm: .l2, radius: 100), model: model)
  for (row, example) in result.examples.enumerated() where example.isBroken {
    let image = set.images.examples(row..<row + 1).scalars
    let optimum = model.optimum(.l2, image: image, label: set.labels[row], bounds: 0...1)
    #expect(Double(example.distance) <= optimum * 1.01)
  }
  #expect(result.successRate.hits > 20)
}

@Test func senselessFastMinimumNormParametersAreRefused() {
  let threat = ThreatModel(norm: .l2, radius: 0.3)
  for attack in [
    FastMinimumNorm(steps: 0), FastMinimumNorm(steps: 1, stepSize: 0), FastMinimumNorm(steps: 1, gamma: 1),
    FastMinimumNorm(steps: 1, lastGamma: .nan),
  ] {
    #expect(throws: AttackError.self) { try attack.validate(threat: threat, classCount: 2) }
  }
  #expect(throws: AttackError.self) { try FastMinimumNorm().validate(threat: threat, classCount: 1) }
}
