import Attacks
import Glibc
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 3, seed: 4)

/// A linear model scaled so that its probabilities are far from 0 and 1.
private let threat = ThreatModel(norm: .l2, radius: 20)

/// The steps of the paper, in double precision, from the image until the class changes.
private func reference(_ image: [Double], label: Int, eta: Double, steps: Int) throws -> [Double] {
  let length = image.reduce(0) { $0 + $1 * $1 }.squareRoot()
  var point = image
  for _ in 0..<steps {
    let logits = (0..<3).map { row in
      point.indices.reduce(Double(model.biases[row])) { $0 + Double(model.weights.scalars[row * 20 + $1]) * point[$1] }
    }
    guard logits.allSatisfy({ $0 <= logits[label] }) else { return point }
    let weights = logits.map { exp($0) }
    let p = weights.map { $0 / weights.reduce(0, +) }
    let gradient = (0..<20).map { pixel in
      (0..<3).reduce(0.0) { sum, k in
        sum + p[label] * ((k == label ? 1 : 0) - p[k]) * Double(model.weights.scalars[k * 20 + pixel])
      }
    }
    let slope = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let d = min(eta * length * slope, p[label] - 1 / 3)
    point = zip(point, gradient).map { min(1, max(0, $0 - d * $1 / (slope * slope))) }
  }
  return point
}

@Test func stepsAreThoseOfThePaper() throws {
  let set = try evaluationSet(images(20, shape: model.inputShape), model: model)
  let found = try evaluator().evaluateCandidates(
    of: NewtonFool(steps: 200), on: set, threat: threat, model: model)
  var checked = 0
  for (row, example) in found.evaluation.examples.enumerated() where example.isBroken {
    checked += 1
    let image = set.images.examples(row..<row + 1).scalars.map(Double.init)
    let expected = try reference(image, label: example.label, eta: 0.01, steps: 200)
    let points = found.images.examples(row..<row + 1).scalars.map(Double.init)
    // Two hundred steps, each with the rounding of single precision.
    #expect(largestDifference(points, expected) < 2e-5)
  }
  #expect(checked > 10, "\(found.evaluation.successRate)")
}

@Test func newtonFoolReachesTargets() throws {
  let set = try evaluationSet(images(20, shape: model.inputShape), model: model, targeted: true)
  let found = try evaluator().evaluate(NewtonFool(steps: 500), on: set, threat: threat, model: model)
  #expect(found.successRate.hits > 10, "\(found.successRate)")
  for example in found.examples where example.isBroken { #expect(example.adversarialPrediction == example.target) }
}

/// The probability of a sure prediction rounds to 1; its gradient is small and not zero.
@Test func surePredictionsHaveADirection() throws {
  let steep = LinearClassifier(
    inputShape: model.inputShape, weights: Tensor(shape: [3, 20], scalars: model.weights.scalars.map { 40 * $0 }),
    biases: model.biases.map { 40 * $0 })
  let set = try evaluationSet(images(20, shape: model.inputShape), model: steep)
  let found = try evaluator().evaluate(NewtonFool(steps: 500), on: set, threat: threat, model: steep)
  #expect(found.successRate.hits > 10, "\(found.successRate)")
}
