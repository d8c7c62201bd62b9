import Attacks
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)

/// With λ = 1 the plane is the boundary, and the pixels of the largest slopes are the optimum in L1. The plane lies 1e-4 and
/// 2 % of DeepFool's perturbation beyond, the point 0.001 beyond the plane, and 2 % of its own perturbation.
@Test func onALinearModelThePerturbationIsNearlyTheOptimum() throws {
  let all = images(60, shape: model.inputShape)
  let set = try evaluationSet(all, model: model)
  let found = try evaluator().evaluate(
    SparseFool(lambda: 1), on: set, threat: ThreatModel(norm: .l1, radius: 20), model: model)
  var ratios: [Double] = []
  for (row, example) in found.examples.enumerated() {
    let optimum = model.optimum(.l1, image: all.examples(row..<row + 1).scalars, label: example.label, bounds: 0...1)
    guard optimum.isFinite, optimum > 0.05 else { continue }
    #expect(example.isBroken)
    ratios.append(Double(example.distance) / optimum)
  }
  #expect(ratios.count > 20)
  #expect(ratios.allSatisfy { $0 > 0.9999 && $0 < 1.15 }, "\(ratios)")
}

/// Most pixels keep their bits, and more do with the smaller λ.
@Test func fewPixelsChange() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 6)
  let set = try evaluationSet(images(40, shape: model.inputShape), model: model)
  let threat = ThreatModel(norm: .l0, radius: 20)
  func mean(_ lambda: Float) throws -> Double {
    let found = try evaluator().evaluate(SparseFool(lambda: lambda), on: set, threat: threat, model: model)
    let broken = found.examples.filter(\.isBroken)
    #expect(broken.count > 30)
    return broken.reduce(0) { $0 + Double($1.distance) } / Double(broken.count)
  }
  let (sparse, fast) = (try mean(1), try mean(3))
  #expect(sparse < 6 && sparse <= fast, "\(sparse), \(fast)")
}

@Test func sparseFoolReachesTargets() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 6)
  let set = try evaluationSet(images(40, shape: model.inputShape), model: model, targeted: true)
  let found = try evaluator().evaluate(
    SparseFool(), on: set, threat: ThreatModel(norm: .l1, radius: 20), model: model)
  #expect(found.successRate.hits > 20, "\(found.successRate)")
  for example in found.examples where example.isBroken { #expect(example.adversarialPrediction == example.target) }
}

/// A difference of logits that grows with 2a + b up to 1 and is flat beyond, where the point of λ = 3 lies.
private struct Plateau: DifferentiableClassifier {
  let inputShape: Shape = [2]
  let classCount = 2
  let pullbackLogitsAreExact = true

  private func height(_ images: Tensor<Float>, _ row: Int) -> Float {
    2 * images.scalars[2 * row] + images.scalars[2 * row + 1]
  }

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    let scalars = (0..<images.exampleCount).flatMap { row -> [Float] in [0.8, min(height(images, row), 1)] }
    return Tensor(shape: [images.exampleCount, 2], scalars: scalars)
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let logits = try logits(of: images)
    let cotangents = try cotangent(logits, 0..<images.exampleCount)
    let scalars = (0..<images.exampleCount).flatMap { row -> [Float] in
      let slope: Float = height(images, row) < 1 ? cotangents.scalars[2 * row + 1] : 0
      return [2 * slope, slope]
    }
    return (logits, Tensor(shape: images.shape, scalars: scalars))
  }
}

/// The slope is that at the boundary: where the plane is put, behind it, there may be none. One pixel is enough.
@Test func theSlopeIsThatAtTheBoundary() throws {
  let model = Plateau()
  let set = try evaluationSet(Tensor(shape: [1, 2], scalars: [0.1, 0.1]), model: model)
  let result = try evaluator().evaluate(
    SparseFool(), on: set, threat: ThreatModel(norm: .l0, radius: 2), model: model)
  #expect(result.examples[0].isBroken)
  #expect(result.examples[0].distance == 1)
}
