import Certification
import Glibc
import Networks
import Synchronization
import TestSupport
import Testing
import Training

/// Logits 0 and ⟨w, x⟩ + b: with noise, class 1 has probability Φ((⟨w, x⟩ + b)/σ‖w‖), and ends at distance
/// |⟨w, x⟩ + b|/‖w‖.
private let weights: [Float] = [0.5, -1, 2, 0.25]
private let shape: Shape = [1, 2, 2]
private let linear = LinearClassifier(
  inputShape: shape, weights: Tensor(shape: [2, 4], scalars: [0, 0, 0, 0] + weights), biases: [0, -0.5])

private let weightNorm = weights.reduce(0) { $0 + Double($1 * $1) }.squareRoot()

private func margin(_ image: [Float]) -> Double {
  zip(weights, image).reduce(-0.5) { $0 + Double($1.0) * Double($1.1) }
}

/// Far from uniform, on either side of the border and nearer to it than the largest radius.
private func images(_ count: Int) -> Tensor<Float> {
  var stream = RandomSource(seed: 7).stream(.check)
  return Tensor(shape: shape.batched(count), scalars: (0..<4 * count).map { _ in 0.3 * stream.normal() + 0.3 })
}

private let certificationFixture: Smoothing = Smoothing(sigma: 0.5, samples: 1000, selectionSamples: 50, alpha: 0.05)

@Test func aCertificateOfALinearModelFailsAsSeldomAsItSays() throws {
  let smoothed = try SmoothedClassifier(linear, certificationFixture)
  let images = images(200)
  var (failures, certified) = (0, 0)
  for row in 0..<200 {
    let image = images.examples(row..<row + 1)
    let found = try smoothed.certify(image, id: row)
    guard let certifiedClass = found.certifiedClass else { continue }
    certified += 1
    let exact = margin(image.scalars) / weightNorm * (certifiedClass == 1 ? 1 : -1)
    if found.radius > exact { failures += 1 }
    // p̂ − p_lower is some 1.7 standard deviations of 1/√n·½ and the bound another as far from p at most (4 of them), so
    // that the radius is within σ·4·0.016/φ(z) of the exact one.
    let density = exp(-exact * exact / (2 * 0.25)) / (2 * Double.pi).squareRoot()
    #expect(abs(found.radius - exact) < 0.5 * 0.1 / density, "\(row): \(found.radius) for \(exact)")
  }
  // α = 0.05: 10 failures are expected of 200; 4 standard deviations of √(200·0.05·0.95) = 3.1 more are not. None at all
  // would have a probability below 10⁻⁴.
  #expect((1...22).contains(failures) && certified > 150, "\(failures) of \(certified) certificates fail")
}

@Test func theRadiusOfALinearModelIsReachedFromBelow() throws {
  let image = Tensor<Float>(shape: shape.batched(1), scalars: [0.2, 0.1, 0.7, 0.4])
  let exact = margin(image.scalars) / weightNorm
  for samples in [1000, 10_000, 100_000] {
    let radius = try SmoothedClassifier(linear, Smoothing(sigma: 0.5, samples: samples)).certify(image, id: 3).radius
    // p = Φ(0.87) has a standard deviation of 0.39/√n; the bound is 3.1 of them below its estimate, which is 4 off at most.
    // 1/φ(0.87) = 3.7.
    let deviation = 0.5 * 3.7 * 0.39 / Double(samples).squareRoot()
    #expect(radius < exact && exact - radius < 7.1 * deviation, "\(samples): \(radius) for \(exact)")
  }
}

@Test func aConstantClassifierHasTheLargestRadius() throws {
  let constant = FunctionClassifier(inputShape: shape, classCount: 3) { images in
    Tensor(shape: [images.exampleCount, 3], scalars: (0..<images.exampleCount).flatMap { _ in [0, 1, 1] as [Float] })
  }
  let smoothed = try SmoothedClassifier(constant, Smoothing(sigma: 0.5, samples: 1000))
  let found = try smoothed.certify(images(1), id: 0)
  // Classes 1 and 2 always have equal logits: the first.
  #expect(found.certifiedClass == 1 && found.radius == smoothed.method.largestRadius)
  #expect(found.selection.counts == [0, 100, 0] && found.estimation.counts == [0, 1000, 0])
  #expect(try smoothed.predict(images(1), id: 0).predictedClass == 1)
}

@Test func onTheBorderNothingIsCertified() throws {
  // ⟨w, x⟩ + b = 0: both classes have probability ½.
  let image = Tensor<Float>(shape: shape.batched(1), scalars: [1, 0, 0, 0])
  let smoothed = try SmoothedClassifier(linear, Smoothing(sigma: 0.5, samples: 1000))
  let found = try smoothed.certify(image, id: 1)
  #expect(found.certifiedClass == nil && found.radius == 0)
  #expect(try smoothed.predict(image, id: 1).predictedClass == nil)
}

@Test func logitsThatAreNoNumbersVoteForNoClass() throws {
  // NaN wherever the first pixel is negative, which it is in half of the samples.
  let partial = FunctionClassifier(inputShape: [1], classCount: 2) { images in
    Tensor(shape: [images.exampleCount, 2], scalars: images.scalars.flatMap { [$0 < 0 ? .nan : 1, 0] as [Float] })
  }
  let found = try SmoothedClassifier(partial, Smoothing(sigma: 1, samples: 1000))
    .certify(Tensor(shape: [1, 1], scalars: [0]), id: 0)
  #expect(found.estimation.counts[1] == 0 && found.estimation.samples == 1000 && found.certifiedClass == nil)
  // Binomial with standard deviation 16.
  #expect(abs(found.estimation.invalid - 500) < 64)
}

/// What a classifier was shown.
private final class Shown: Sendable {
  let batches = Mutex<[Tensor<Float>]>([])

  func classifier(_ shape: Shape) -> FunctionClassifier {
    FunctionClassifier(inputShape: shape, classCount: 2) { images in
      self.batches.withLock { $0.append(images) }
      return Tensor(shape: [images.exampleCount, 2])
    }
  }

  var scalars: [Float] { batches.withLock { $0.flatMap(\.scalars) } }
}

@Test func noiseIsNormalWithTheRightDeviationAndNotClipped() throws {
  let shown = Shown()
  var smoothed = try SmoothedClassifier(shown.classifier([4]), Smoothing(sigma: 0.25))
  smoothed.batchSize = 64
  _ = try smoothed.votes(
    for: Tensor(shape: [1, 4], scalars: [0, 1, 255, -3]), id: 0, .estimation, samples: 0..<10_000)
  #expect(shown.batches.withLock { $0.allSatisfy { $0.exampleCount <= 64 } })
  let scalars = shown.scalars
  for (pixel, value) in [0, 1, 255, -3].enumerated() {
    let noise = stride(from: pixel, to: scalars.count, by: 4).map { Double(scalars[$0]) - Double(value) }
    let mean = noise.reduce(0, +) / 10_000
    let deviation = (noise.reduce(0) { $0 + $1 * $1 } / 10_000).squareRoot()
    // Standard errors σ/√n and σ/√2n: four of them.
    #expect(abs(mean) < 0.01 && abs(deviation - 0.25) < 0.0071, "\(mean), \(deviation)")
    #expect(noise.min() ?? 0 < -0.5 && noise.max() ?? 0 > 0.5)
  }
}

@Test func everyDrawExampleSampleAndSeedHasNoiseOfItsOwn() throws {
  let shown = Shown()
  var smoothed = try SmoothedClassifier(shown.classifier([1]), Smoothing(sigma: 1))
  for draw in SmoothedClassifier.Draw.allCases {
    for (id, seed) in [(0, 0), (1, 0), (0, 1)] as [(Int, UInt64)] {
      smoothed.random = RandomSource(seed: seed)
      _ = try smoothed.votes(for: Tensor(shape: [1, 1]), id: id, draw, samples: 0..<100)
    }
  }
  // 900 normal numbers of 24 bits: that two of them are equal by chance is not seen with this seed.
  #expect(Set(shown.scalars).count == 900)
}

@Test func votesDependNeitherOnBatchesNorOnThreads() throws {
  let image = images(3).examples(2..<3)
  var smoothed = try SmoothedClassifier(linear, certificationFixture)
  let expected = try smoothed.certify(image, id: 9)
  for (batchSize, threads) in [(1, 1), (7, 3), (1000, 2), (64, 8)] {
    (smoothed.batchSize, smoothed.workers) = (batchSize, Workers(count: threads))
    #expect(try smoothed.certify(image, id: 9) == expected)
  }
  #expect(try smoothed.certify(image, id: 10).estimation != expected.estimation)
}

@Test func samplingGoesOnWhereItStopped() throws {
  let image = images(1)
  let smoothed = try SmoothedClassifier(linear, certificationFixture)
  let whole = try smoothed.certify(image, id: 4)
  let first = try smoothed.votes(for: image, id: 4, .estimation, samples: 0..<500)
  let second = try smoothed.votes(for: image, id: 4, .estimation, samples: 500..<1000)
  let selection = try smoothed.votes(for: image, id: 4, .selection, samples: 0..<50)
  #expect(first != second)
  #expect(smoothed.method.certificate(selection: selection, estimation: first + second) == whole)
}

@Test func cancellationEndsTheSampling() throws {
  let batches = Mutex(0)
  var smoothed = try SmoothedClassifier(linear, certificationFixture)
  smoothed.batchSize = 50
  smoothed.isCancelled = {
    batches.withLock {
      $0 += 1; return $0 > 30
    }
  }
  #expect(throws: CancellationError.self) {
    try smoothed.votes(for: images(1), id: 0, .estimation, samples: 0..<100_000)
  }
  #expect(batches.withLock { $0 } == 31)
  // An image takes 1 + 20 batches: the second is not finished.
  batches.withLock { $0 = 0 }
  let examples = try LabelledImages(images: images(3), labels: [0, 1, 1])
  #expect(try smoothed.certify(examples).map(\.id) == [0])
}

@Test func resultsOfASetComeOneByOneWithProgress() throws {
  let examples = try LabelledImages(images: images(3), labels: [0, 1, 1], ids: [5, 9, 2])
  let seen = Mutex<[SmoothingProgress]>([])
  var smoothed = try SmoothedClassifier(linear, certificationFixture)
  (smoothed.batchSize, smoothed.workers) = (100, Workers(count: 2))
  smoothed.onProgress = { progress in seen.withLock { $0.append(progress) } }
  var streamed: [CertifiedExample] = []
  let results = try smoothed.certify(examples) { streamed.append($0) }
  #expect(results == streamed && results.map(\.id) == [5, 9, 2] && results.map(\.label) == [0, 1, 1])
  smoothed.onProgress = nil
  // Each as if it were alone, under its own id.
  #expect(try results[1].certificate == smoothed.certify(examples.images.examples(1..<2), id: 9))
  let progress = seen.withLock { $0 }
  #expect(progress.allSatisfy { $0.samplesTotal == 3150 } && progress.last?.samplesDone == 3150)
  #expect(progress.map(\.samplesDone) == progress.map(\.samplesDone).sorted())
}

@Test func anImageOfAnotherShapeIsRefused() throws {
  let smoothed = try SmoothedClassifier(linear, certificationFixture)
  #expect(throws: SmoothingError.shape(found: [1, 5], expected: shape)) {
    try smoothed.certify(Tensor(shape: [1, 5]), id: 0)
  }
}
