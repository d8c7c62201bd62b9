import Certification
import Glibc
import Hyperparameters
import Networks
import TestSupport
import Testing

private let shape: Shape = [1, 2, 2]
private let model = LinearClassifier(
  inputShape: shape, weights: Tensor(shape: [3, 4], scalars: [0, 0, 0, 0, 1, -2, 2, 0, 0.5, 0.5, 0, -1]),
  biases: [1, 0, 0.5])
private let image = Tensor<Float>(shape: [1, 1, 2, 2], scalars: [0.25, 0.5, 0.25, 0.75])

/// Logits 1, −0.25 and 0.125: margins 1.25 and 0.875, gradients (−1, 2, −2, 0) and (−½, −½, 0, 1).
private let linearDistances: [(norm: Norm, first: Double, second: Double)] = [
  (.l2, 1.25 / 3, 0.714435), (.linf, 0.25, 0.4375), (.l1, 0.625, 0.875),
]

@Test(arguments: linearDistances)
func theScoreOfALinearModelIsItsDistance(norm: Norm, first: Double, second: Double) throws {
  let threat = ThreatModel(norm: norm, radius: 0.8, bounds: -10...10)
  let found = try #require(
    try CleverScore(batches: 5, samples: 8).estimate(for: image, id: 0, threat: threat, model: model))
  #expect(found.predictedClass == 0 && found.targets.map(\.targetClass) == [1, 2])
  for (target, distance) in zip(found.targets, [first, second]) {
    // All is exact but the root, of single precision, the radius 0.8 as a Float, and 0.875/√1.5 of six digits.
    #expect(abs(found.score(target) - min(distance, 0.8)) < 1e-6)
  }
  #expect(abs(found.score - min(first, second)) < 1e-6)
}

/// Logits 0 and −|x|²/2 + 2 of one number: the gradient at x is x, at most 1 + R in the ball about 1.
private struct Parabola: DifferentiableClassifier {
  let inputShape: Shape = [1]
  let classCount = 2
  let pullbackLogitsAreExact = true

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    Tensor(shape: [images.exampleCount, 2], scalars: images.scalars.flatMap { [0, 2 - $0 * $0 / 2] })
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let logits = try logits(of: images)
    let slopes = try cotangent(logits, 0..<images.exampleCount).scalars
    let gradient = images.scalars.enumerated().map { -$1 * slopes[2 * $0 + 1] }
    return (logits, Tensor(shape: images.shape, scalars: gradient))
  }
}

@Test func theEndOfTheGradientsIsEstimatedAlikeOnAllThreads() throws {
  let threat = ThreatModel(norm: .l2, radius: 0.5, bounds: -10...10)
  let method = CleverScore(batches: 50, samples: 20)
  let estimates = try [1, 3].map { threads in
    try method.estimate(
      for: Tensor(shape: [1, 1], scalars: [1]), id: 3, threat: threat, model: Parabola(),
      workers: Workers(count: threads))
  }
  #expect(estimates[0] == estimates[1])
  let found = try #require(estimates[0])
  // Of 20 uniform points the largest is some 1/20 of the ball's width below its end, 1.5.
  #expect(found.predictedClass == 1 && abs(found.targets[0].gradient - 1.5) < 0.05, "\(found)")
}

@Test func whatCannotBeEstimatedIsSaid() throws {
  let method = CleverScore(batches: 2, samples: 2)
  #expect(throws: CleverError.norm(.l0)) {
    try method.estimate(
      for: image, id: 0, threat: ThreatModel(norm: .l0, radius: 2, bounds: 0...1), model: model)
  }
  let threat = ThreatModel(norm: .l2, radius: 1, bounds: 0...1)
  #expect(throws: CancellationError.self) {
    try method.estimate(for: image, id: 0, threat: threat, model: model, isCancelled: { true })
  }
  #expect(throws: HyperparameterError.self) {
    try CleverScore(batches: 0, samples: 1).estimate(for: image, id: 0, threat: threat, model: model)
  }
}
