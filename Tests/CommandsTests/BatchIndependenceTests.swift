import Attacks
import Compute
import Exchange
import Networks
import Testing

/// On a trained network an example's adversarial image depends on the image, its index and the seed alone: not on the
/// size and order of batches, nor on the number of threads.
struct BatchIndependenceTests {
  @Test(arguments: [
    FastGradient() as any Attack, ProjectedGradient(steps: 8, restarts: 2), UniformNoise(draws: 6),
  ])
  func everyExampleKeepsItsBits(attack: any Attack) throws {
    let data = try SampleFiles.testImages(count: 150)
    let model = try SampleFiles.classifier()
    let expected = try bits(attack, data, model, batchSize: 150, threads: 1)
    for (batchSize, threads) in [(1, 1), (17, 2), (256, 3), (64, 3)] {
      let found = try bits(attack, data, model, batchSize: batchSize, threads: threads)
      #expect(found == expected, "batches of \(batchSize), \(threads) threads")
    }
    // A third of the examples in another order keep their ids, and so their bits.
    var stream = RandomSource(seed: 5).stream(.shuffling)
    let subset = data.selecting(Array(stream.permutation(data.count).prefix(50)))
    #expect(subset.ids != subset.ids.sorted())
    for (id, pixels) in try bits(attack, subset, model, batchSize: 17, threads: 3) {
      #expect(pixels == expected[id], "example \(id)")
    }
  }

  /// The bits of every example's adversarial image, by its index in the dataset.
  private func bits(
    _ attack: any Attack, _ data: Dataset, _ model: CompiledModel, batchSize: Int, threads: Int
  ) throws -> [Int: [UInt32]] {
    var evaluator = Evaluator()
    evaluator.batchSize = batchSize
    evaluator.workers = Workers(count: threads)
    evaluator.random = RandomSource(seed: 3)
    let set = try EvaluationSet(images: data.images, labels: data.labels, ids: data.ids)
    let found = try evaluator.evaluateCandidates(
      of: attack, on: set, threat: ThreatModel(norm: .linf, radius: 0.12), model: model)
    let size = data.images.exampleSize
    let scalars = found.images.scalars
    return Dictionary(
      uniqueKeysWithValues: found.evaluation.examples.enumerated().map { row, outcome in
        (outcome.id, scalars[row * size..<(row + 1) * size].map(\.bitPattern))
      })
  }
}
