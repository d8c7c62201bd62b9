import Attacks
import Networks
import TestSupport
import Testing

private let linear = LinearClassifier.random(inputShape: [3], classCount: 2, seed: 1)
private let all = [10, 20, 30]

private func counter(_ ids: [Int] = all, budget: Int? = nil) -> QueryCounter {
  QueryCounter(ids: ids, budget: budget) { _, _ in }
}

@Test func passesAreCountedForTheExamplesThatMadeThem() throws {
  let counter = counter()
  let model = AttackedModel(linear, counter: counter)
  _ = try model.logits(of: Tensor(shape: [3, 3]), for: all)
  _ = try model.pullback(at: Tensor(shape: [2, 3]), for: [30, 10]) { logits, _ in logits }
  #expect(counter.counts.forwards == [2, 1, 2] && counter.counts.backwards == [1, 0, 1])
}

/// The gradient is the image itself.
private struct Mirror: DifferentiableClassifier {
  let inputShape: Shape = [3]
  let classCount = 2
  let pullbackLogitsAreExact = true

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> { Tensor(shape: [images.exampleCount, 2]) }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    (try logits(of: images), images)
  }
}

@Test func gradientsThatAreZeroInEveryPixelAreCounted() throws {
  let counter = counter()
  let model = AttackedModel(Mirror(), counter: counter)
  let none = { (logits: Tensor<Float>, _: Range<Int>) in logits }
  // A last pixel that is not zero, a negative zero, and a gradient that is no number.
  let points = Tensor<Float>(shape: [3, 3], scalars: [0, 0, .leastNormalMagnitude, 0, -0.0, 0, 0, .nan, 0])
  _ = try model.pullback(at: points, for: all, cotangent: none)
  #expect(counter.counts.zeroGradients == [0, 1, 0] && counter.counts.backwards == [1, 1, 1])
  _ = try model.pullback(at: points.examples(1..<3), for: [30, 10], cotangent: none)
  #expect(counter.counts.zeroGradients == [0, 1, 1])
  // Several points per example: their number is shared out.
  _ = try model.pullback(at: Tensor(shape: [4, 3]), for: [10], cotangent: none)
  #expect(counter.counts.zeroGradients == [4, 1, 1])
}

@Test func severalPointsPerExampleAreSharedOutExactly() throws {
  let counter = counter()
  let model = AttackedModel(linear, counter: counter)
  _ = try model.logits(of: Tensor(shape: [8, 3]), for: [20, 30])
  #expect(counter.counts.forwards == [0, 4, 4])
  _ = try model.logits(of: Tensor(shape: [7, 3]), for: all)
  #expect(counter.counts.forwards == [3, 6, 6])
}

@Test func aTaskCarriesItsExamplesThroughGathering() throws {
  let counter = counter()
  let model = AttackedModel(linear, counter: counter)
  let task = AttackTask(
    images: Tensor(shape: [3, 3]), ids: all, goal: .misclassify(labels: [0, 1, 0]),
    threat: ThreatModel(norm: .linf, radius: 0.1))
  let part = task.gathering([2]).gathering([0])
  _ = try part.gradient(at: part.images, of: .margin, model: model)
  _ = try part.logits(of: part.images, model: model.queried)
  #expect(counter.counts.forwards == [0, 0, 2] && counter.counts.backwards == [0, 0, 1])
}

/// Asks the model behind it several times for each pass.
private struct Averaged: DifferentiableClassifier {
  let model: any DifferentiableClassifier
  var inputShape: Shape { model.inputShape }
  var classCount: Int { model.classCount }
  var pullbackLogitsAreExact: Bool { false }

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    _ = try model.logits(of: images)
    return try model.logits(of: images)
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    _ = try model.pullback(at: images, cotangent: cotangent)
    return try model.pullback(at: images, cotangent: cotangent)
  }
}

@Test func whatAnAttackPutsInFrontOfTheModelChangesNothingForTheCounter() throws {
  let counter = counter(budget: 6)
  let model = try AttackedModel(linear, counter: counter)
    .wrapped { Averaged(model: $0) }.wrapped { Averaged(model: $0) }
  #expect(counter.counts.forwards == [0, 0, 0] && !model.pullbackLogitsAreExact && model.inputShape == [3])
  _ = try model.logits(of: Tensor(shape: [1, 3]), for: [20])
  #expect(counter.counts.forwards == [0, 4, 0], "two passes of two passes, for the example that made them")
  #expect(model.canAfford(3, for: all) == [true, false, true])
  #expect(throws: QueryBudgetSpent.self) { try model.logits(of: Tensor(shape: [1, 3]), for: [20]) }
  #expect(counter.counts.forwards == [0, 6, 0], "what was left is used, and not a pass more")
}

@Test func aModelWithoutGradientsSaysSo() throws {
  struct Opaque: Classifier {
    let inputShape: Shape = [3]
    let classCount = 2
    func logits(of images: Tensor<Float>) throws -> Tensor<Float> { Tensor(shape: [images.exampleCount, 2]) }
  }
  let model = AttackedModel(Opaque())
  #expect(try model.logits(of: Tensor(shape: [1, 3]), for: [1]).shape == [1, 2])
  #expect(throws: AttackError.self) { try model.pullback(at: Tensor(shape: [1, 3]), for: [1]) { logits, _ in logits } }
}
