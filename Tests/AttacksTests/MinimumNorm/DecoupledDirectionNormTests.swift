import Attacks
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)

private func outcomes(_ attack: DecoupledDirectionNorm, _ images: Tensor<Float>, box: ClosedRange<Float> = 0...1) throws
  -> EvaluatedCandidates
{
  let set = try evaluationSet(images, model: model)
  return try evaluator().evaluateCandidates(
    of: attack, on: set, threat: ThreatModel(norm: .l2, radius: 100, bounds: box), model: model)
}

/// The rule of the paper on one scalar, followed by hand: x = 0.5, the boundary at 0.7, gradient +1.
///
/// The length is 1.05 after the first look and the point 1, the end of the box; it is adversarial, and the length
/// shrinks by 5 % a step from min(1.05, 0.5): clipped lengths fall from 0.5 to 0.475, 0.45125, … until a point at 0.7 or
/// less is not adversarial, and it grows again.
@Test func lengthsFollowTheRule() throws {
  let line = LinearClassifier(
    inputShape: [1], weights: Tensor(shape: [2, 1], scalars: [0, 1]), biases: [0.7, 0])
  let image = Tensor<Float>(shape: [1, 1], repeating: 0.5)
  for (steps, length) in [(2, 0.5), (3, 0.475), (4, 0.475 * 0.95), (10, 0.5 * 0.6634204)] {
    let point = try perturb(
      DecoupledDirectionNorm(steps: steps), image, labels: [0], norm: .l2, model: line
    ).scalars[0]
    #expect(abs(Double(point) - 0.5 - length) < 1e-6, "\(steps)")
  }
  // Between 0.2 and a step of 5 % more.
  let last = try perturb(DecoupledDirectionNorm(), image, labels: [0], norm: .l2, model: line).scalars[0] - 0.5
  #expect(last > 0.2 && last < 0.2 * 1.05)
}

/// With 256 levels every point is on the grid of the box, whatever box that is, and the image is not moved off it.
@Test func levelsArePixelsOfTheBox() throws {
  let grid = Tensor<Float>(
    shape: [20, 1, 4, 5], scalars: images(20, shape: model.inputShape).scalars.map { ($0 * 255).rounded() / 255 })
  let found = try outcomes(DecoupledDirectionNorm(steps: 100, levels: 256), grid)
  #expect(found.evaluation.successRate.hits > 10)
  // Multiples of 1/255 within the rounding of single precision.
  #expect(found.images.scalars.allSatisfy { abs(($0 * 255).rounded() - $0 * 255) < 1e-4 })
  #expect(found.images != grid)
  let free = try outcomes(DecoupledDirectionNorm(), grid)
  #expect(free.images.scalars.contains { abs(($0 * 255).rounded() - $0 * 255) > 1e-2 })
}

/// Constant logits have no gradient; as in adv-lib and Foolbox the walk goes on in random directions.
@Test func withoutGradientItWalksAtRandom() throws {
  let band = BandClassifier(bands: [0...0.3])
  let clean = Tensor<Float>(shape: [8, 1], repeating: 0.5)
  let points = try perturb(
    DecoupledDirectionNorm(), clean, labels: Array(repeating: 0, count: 8), norm: .l2, model: band
  ).scalars
  #expect(points.contains { $0 <= 0.3 })
}

@Test func senselessDecoupledParametersAreRefused() {
  let threat = ThreatModel(norm: .l2, radius: 0.3)
  for attack in [
    DecoupledDirectionNorm(steps: 0), DecoupledDirectionNorm(steps: 1, gamma: 1),
    DecoupledDirectionNorm(steps: 1, initialNorm: 0), DecoupledDirectionNorm(steps: 1, levels: -1),
  ] {
    #expect(throws: AttackError.self) { try attack.validate(threat: threat, classCount: 2) }
  }
}
