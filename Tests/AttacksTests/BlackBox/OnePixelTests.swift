import Attacks
import Networks
import TestSupport
import Testing

@Test func pixelsAreFoundWhereOneMoreThanTheOptimumIsAllowedAndNoneBelow() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)
  let all = images(25, shape: model.inputShape)
  var (above, below) = (0, 0)
  for row in 0..<25 {
    let set = try evaluationSet(all.examples(row..<row + 1), model: model)
    let optimum = model.optimum(.l0, image: set.images.scalars, label: set.labels[0], bounds: 0...1)
    guard optimum >= 1, optimum <= 3 else { continue }
    let attack = OnePixel(pixels: nil, population: 100, steps: 40)
    func broken(_ radius: Double) throws -> Int {
      try evaluator().evaluate(
        attack, on: set, threat: ThreatModel(norm: .l0, radius: Float(radius)), model: model
      ).successRate.hits
    }
    #expect(try broken(optimum + 1) == 1, "image \(row)")
    above += 1
    guard optimum >= 2 else { continue }
    #expect(try broken(optimum - 1) == 0)
    below += 1
  }
  #expect(above > 8 && below > 2, "\(above) \(below)")
}

@Test func theQueriesOfOnePixel() throws {
  #expect(try queries(OnePixel(pixels: 2, population: 30, steps: 4), .l0, radius: 3) == [150])
  #expect(try queries(OnePixel(pixels: nil, population: 5, steps: 0), .l0, radius: 1) == [5])
}

private let allowances: [(Float, Int?, Int)] = [
  (2.9, nil, 0), (3, nil, 1), (8, nil, 2), (8, 1, 1), (3, 5, 1), (1000, nil, 6),
]

@Test(arguments: allowances)
func aPixelIsAllChannelsOfAPlace(radius: Float, pixels: Int?, expected: Int) throws {
  let model = LinearClassifier.random(inputShape: [3, 2, 3], classCount: 2, seed: 3)
  let images = images(6, shape: [3, 2, 3], inner: true)
  let task = AttackTask(
    images: images, ids: Array(0..<6),
    goal: .classify(as: predictions(of: try model.logits(of: images)).map { 1 - ($0 ?? 0) }),
    threat: ThreatModel(norm: .l0, radius: radius), random: RandomSource(seed: 4))
  let points = try OnePixel(pixels: pixels, population: 30, steps: 5).perturb(task, model: QueriedModel(model))
  let changed: [Int] = (0..<6).map { row in
    let (before, after) = (images.examples(row..<row + 1).scalars, points.examples(row..<row + 1).scalars)
    let places: [Int] = before.indices.filter { before[$0] != after[$0] }.map { $0 % 6 }
    return Set(places).count
  }
  #expect(changed.allSatisfy { $0 <= expected } && changed.max() ?? 0 >= min(expected, 3), "\(changed)")
}

@Test func valuesKeepToTheRangeOfTheirChannel() throws {
  let model = LinearClassifier.random(inputShape: [2, 2, 2], classCount: 2, seed: 3)
  let bounds = try #require(PixelBox(channels: [-1...0, 2...5]))
  let images = Tensor<Float>(shape: [1, 2, 2, 2], scalars: [-1, 0, -0.5, 0, 2, 5, 3, 4])
  let label = predictions(of: try model.logits(of: images))[0] ?? 0
  for id in 0..<20 {
    let task = AttackTask(
      images: images, ids: [id], goal: .misclassify(labels: [label]),
      threat: ThreatModel(norm: .l0, radius: 4, bounds: bounds))
    let points = try OnePixel(pixels: nil, population: 8, steps: 4).perturb(task, model: QueriedModel(model))
    #expect(bounds.contains(points))
  }
}

@Test func aChildReplacesAParentThatIsNoBetter() throws {
  // Values of one scalar: the loss rises with it, and the boundary is out of reach.
  let model = LinearClassifier(
    inputShape: [1], weights: Tensor(shape: [2, 1], scalars: [0, 1]), biases: [2, 0])
  let set = try EvaluationSet(images: Tensor(shape: [5, 1], repeating: 0.2), labels: [0, 0, 0, 0, 0])
  let found = try evaluator().evaluateCandidates(
    of: OnePixel(pixels: 1, population: 20, steps: 30), on: set, threat: ThreatModel(norm: .l0, radius: 1),
    model: model)
  // 620 numbers of a line that closes in on its end.
  #expect(found.images.scalars.allSatisfy { $0 > 0.99 }, "\(found.images.scalars)")
}
