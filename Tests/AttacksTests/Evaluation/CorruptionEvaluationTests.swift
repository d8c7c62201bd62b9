import Attacks
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 8, 8], classCount: 3, seed: 6)

private func results(
  _ models: [any Classifier], batchSize: Int = 16, workers: Int = 1, _ severities: [Severity] = [.one, .five]
) throws -> [CorruptionResult] {
  let samples = images(60, shape: model.inputShape)
  var labels = predictions(of: try model.logits(of: samples)).map { $0 ?? 0 }
  // Every tenth image is wrong without corruption: it counts all the same.
  for row in stride(from: 0, to: 60, by: 10) { labels[row] = (labels[row] + 1) % 3 }
  let set = try EvaluationSet(images: samples, labels: labels)
  return try #require(
    try evaluator(batchSize: batchSize, workers: workers).corruptions(
      of: CorruptionSuite(.mnist, jpeg: NoCompression()), severities: severities, on: set, bounds: PixelBox(0...1),
      models: models))
}

@Test func errorsAreThoseOfTheCorruptedImages() throws {
  let found = try results([model])[0]
  #expect(found.clean == Proportion(hits: 54, count: 60))
  #expect(found.families.count == 15)
  let samples = images(60, shape: model.inputShape)
  let right = predictions(of: try model.logits(of: samples)).map { $0 ?? 0 }
  for family in found.families {
    let expected = try [Severity.one, .five].map { severity in
      let corrupted = try family.corruption.images(
        severity, of: samples, ids: Array(0..<60), bounds: PixelBox(0...1), random: RandomSource(seed: 1))
      return predictions(of: try model.logits(of: corrupted)).enumerated().count { row, prediction in
        prediction == (row.isMultiple(of: 10) ? (right[row] + 1) % 3 : right[row])
      }
    }
    #expect(family.accuracies.map(\.hits) == expected, "\(family.corruption.name)")
  }
  let means = found.families.compactMap(\.meanError)
  // Sums of fifteen numbers in double precision.
  #expect(abs((found.meanError ?? 0) - means.reduce(0, +) / 15) < 1e-12)
}

@Test func resultsDependOnNeitherBatchNorThreadsNorOtherSeverities() throws {
  let whole = try results([model])[0].families.map(\.accuracies)
  #expect(try results([model], batchSize: 7, workers: 3)[0].families.map(\.accuracies) == whole)
  #expect(try results([model], [.five])[0].families.map(\.accuracies) == whole.map { [$0[1]] })
}

@Test func theMeanCorruptionErrorIsRelativeToABaseline() throws {
  let other = LinearClassifier.random(inputShape: [1, 8, 8], classCount: 3, seed: 7)
  let found = try results([model, other])
  #expect(found.count == 2)
  let ratios = found[0].corruptionErrors(over: found[1]).compactMap { $0 }
  #expect(ratios.count == 15)
  let expected = zip(found[0].families, found[1].families).map { ($0.meanError ?? 0) / ($1.meanError ?? 1) }
  #expect(largestDifference(ratios, expected) < 1e-12)
  let mean = try #require(found[0].meanCorruptionError(over: found[1]))
  #expect(abs(mean - ratios.reduce(0, +) / 15) < 1e-12)
  #expect(abs((found[0].meanCorruptionError(over: found[0]) ?? 0) - 1) < 1e-12)
}

@Test func whatIsNotFiniteIsWrong() throws {
  let broken = FixedClassifier(inputShape: [1, 8, 8], logits: [.nan, 0, 0], slope: 0)
  #expect(try results([broken])[0].families.allSatisfy { $0.meanError == 1 })
}
