import Attacks
import Networks
import TestSupport
import Testing

private let linear = LinearClassifier.random(inputShape: [3], classCount: 2, seed: 1)

private func counter(_ ids: [Int]) -> QueryCounter { QueryCounter(ids: ids) { _, _ in } }

@Test func passesAreCountedForTheExamplesThatMadeThem() throws {
  let counter = counter([10, 20, 30])
  let model = CountingClassifier(linear, counter: counter)
  _ = try model.logits(of: Tensor(shape: [3, 3]))
  _ = try model.attributed(to: [30, 10]).pullback(at: Tensor(shape: [2, 3])) { logits, _ in logits }
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
  let counter = counter([10, 20, 30])
  let model = CountingClassifier(Mirror(), counter: counter)
  let none = { (logits: Tensor<Float>, _: Range<Int>) in logits }
  // A last pixel that is not zero, a negative zero, and a gradient that is no number.
  let points = Tensor<Float>(shape: [3, 3], scalars: [0, 0, .leastNormalMagnitude, 0, -0.0, 0, 0, .nan, 0])
  _ = try model.pullback(at: points, cotangent: none)
  #expect(counter.counts.zeroGradients == [0, 1, 0] && counter.counts.backwards == [1, 1, 1])
  _ = try model.attributed(to: [30, 10]).pullback(at: points.examples(1..<3), cotangent: none)
  #expect(counter.counts.zeroGradients == [0, 1, 1])
  // Several points per example: their number is shared out.
  _ = try model.attributed(to: [10]).pullback(at: Tensor(shape: [4, 3]), cotangent: none)
  #expect(counter.counts.zeroGradients == [4, 1, 1])
}

@Test func severalPointsPerExampleAreSharedOutExactly() throws {
  let counter = counter([10, 20, 30])
  let model = CountingClassifier(linear, counter: counter)
  _ = try model.attributed(to: [20, 30]).logits(of: Tensor(shape: [8, 3]))
  #expect(counter.counts.forwards == [0, 4, 4])
  _ = try model.logits(of: Tensor(shape: [7, 3]))
  #expect(counter.counts.forwards == [3, 6, 6])
}

@Test func aBatchCarriesItsAttributionThroughGathering() throws {
  let counter = counter([10, 20, 30])
  let model = CountingClassifier(linear, counter: counter)
  let batch = AttackBatch(images: Tensor(shape: [3, 3]), ids: [10, 20, 30], goal: .misclassify(labels: [0, 1, 0]))
  let part = batch.gathering([2]).gathering([0])
  _ = try part.gradient(at: part.images, of: .margin, model: model)
  _ = try part.logits(of: part.images, model: model as any Classifier)
  #expect(counter.counts.forwards == [0, 0, 2] && counter.counts.backwards == [0, 0, 1])
}
