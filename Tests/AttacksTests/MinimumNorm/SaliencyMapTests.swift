import Attacks
import Networks
import TestSupport
import Testing

/// Class 1 gains by every pixel what class 0 loses.
private func opposed(_ slopes: [Float], gap: Float) -> LinearClassifier {
  LinearClassifier(
    inputShape: [slopes.count], weights: Tensor(shape: [2, slopes.count], scalars: slopes.map { -$0 } + slopes),
    biases: [gap, 0])
}

private func found(
  _ attack: SaliencyMap, _ set: EvaluationSet, model: LinearClassifier
) throws -> EvaluatedCandidates {
  try evaluator().evaluateCandidates(of: attack, on: set, threat: ThreatModel(norm: .l0, radius: 50), model: model)
}

/// Of a black image the pixels of the largest slopes turn white, two at a time, as many as it takes.
@Test(arguments: [Float(1), 3, 5, 7.5]) func pairsOfTheLargestSlopesAreMoved(gap: Float) throws {
  let slopes: [Float] = [0.1, 0.5, 0.2, 1, 0.4, 0.9, 0.3, 0.8, 0.7, 0.6]
  let model = opposed(slopes, gap: gap)
  let set = try EvaluationSet(images: Tensor(shape: [1, 10]), labels: [0])
  let result = try found(SaliencyMap(theta: 1, gamma: 1), set, model: model)
  let order = slopes.indices.sorted { slopes[$0] > slopes[$1] }
  var (gain, expected) = (-gap, Set<Int>())
  for pair in 0..<5 where gain <= 0 {
    for index in order[2 * pair..<2 * pair + 2] {
      expected.insert(index)
      gain += 2 * slopes[index]
    }
  }
  #expect(result.evaluation.examples[0].isBroken)
  #expect(Set((0..<10).filter { result.images.scalars[$0] == 1 }) == expected)
  #expect(result.evaluation.examples[0].distance == Float(expected.count))
}

@Test func pixelsAreMovedDownToo() throws {
  let model = opposed([-1, -2, -3, -0.5], gap: 0)
  // The white image is class 0 by 13.
  let set = try EvaluationSet(images: Tensor(shape: [1, 4], repeating: 1), labels: [0])
  let result = try found(SaliencyMap(theta: -1, gamma: 1), set, model: opposed([-1, -2, -3, -0.5], gap: -8))
  #expect(result.images.scalars == [1, 0, 0, 1])
  #expect(result.evaluation.examples[0].isBroken)
  #expect(try found(SaliencyMap(theta: 1, gamma: 1), set, model: model).images == set.images)
}

/// No more than the share γ of the pixels moves, rounded up to whole pairs.
@Test func theShareOfPixelsIsKept() throws {
  let model = opposed(Array(repeating: 1, count: 20), gap: 11)
  let set = try EvaluationSet(images: Tensor(shape: [1, 20]), labels: [0])
  #expect(try found(SaliencyMap(theta: 1, gamma: 0.2), set, model: model).evaluation.examples[0].status == .robust)
  let result = try found(SaliencyMap(theta: 1, gamma: 0.3), set, model: model).evaluation.examples[0]
  #expect(result.isBroken && result.distance == 6)
}

/// Every pair by its product, in plain loops.
@Test func theBestPairIsThatOfAllPairs() throws {
  var stream = RandomSource(seed: 5).stream(.check)
  for count in [2, 3, 10, 40] {
    for _ in 0..<20 {
      let shift = 2 * stream.uniform() - 1
      let weights = (0..<2 * count).map { stream.normal() + ($0 < count ? -shift : shift) }
      let model = LinearClassifier(
        inputShape: [count], weights: Tensor(shape: [2, count], scalars: weights), biases: [100, 0])
      let set = try EvaluationSet(images: Tensor(shape: [1, count]), labels: [0])
      // One pair, which does not suffice: the point is not given back, so the target is made the class of the sum.
      var best: (Int, Int)?
      var largest: Float = 0
      for first in 0..<count {
        for second in first + 1..<count {
          let raised = model.weights.scalars[count + first] + model.weights.scalars[count + second]
          let lowered = -(model.weights.scalars[first] + model.weights.scalars[second])
          guard raised > 0, lowered > 0, raised * lowered > largest else { continue }
          (best, largest) = ((first, second), raised * lowered)
        }
      }
      guard let best else { continue }
      let gain = [best.0, best.1].map { model.weights.scalars[count + $0] - model.weights.scalars[$0] }.reduce(0, +)
      let reachable = LinearClassifier(inputShape: [count], weights: model.weights, biases: [0.999 * gain, 0])
      let points = try found(SaliencyMap(theta: 1, gamma: 1), set, model: reachable).images.scalars
      #expect(Set((0..<count).filter { points[$0] == 1 }) == [best.0, best.1])
    }
  }
}

/// Without a target the target with the fewest changes counts.
@Test func moreTargetsChangeNoMore() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 6, seed: 6)
  let set = try evaluationSet(images(40, shape: model.inputShape), model: model)
  let one = try found(SaliencyMap(theta: 1, gamma: 1, targets: 1), set, model: model).evaluation
  let all = try found(SaliencyMap(theta: 1, gamma: 1), set, model: model).evaluation
  #expect(all.successRate.hits >= one.successRate.hits && all.successRate.hits > 20, "\(all.successRate)")
  for (few, many) in zip(one.examples, all.examples) where few.isBroken { #expect(many.distance <= few.distance) }
}
