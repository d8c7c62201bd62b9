import Glibc
public import Hyperparameters
public import Networks
public import Training

/// A classifier behind Gaussian noise, with a certificate for each image; see `Smoothing`.
///
/// Every sample's noise is a stream of its own, keyed by the seed, the image's id, what the sample is for and its number.
/// So counts depend neither on batches and threads nor on other images, ranges of samples can be counted apart and added,
/// and memory does not grow with the number of samples: each thread has one batch of noisy images, filled again and again.
public struct SmoothedClassifier: Sendable {
  /// What a sample is for. Each has samples of its own: those that picked a class say nothing about its probability.
  public enum Draw: Int, CaseIterable, Sendable {
    /// Picking the class to certify. Lane 0 is left to other noise.
    case selection = 1
    /// Bounding its probability.
    case estimation
    /// Predicting.
    case prediction
  }

  /// The classifier that votes.
  public let base: any Classifier
  /// The noise and the numbers of samples.
  public let method: Smoothing
  /// The randomness of the noise.
  public var random = RandomSource(seed: 0)
  /// The threads among which samples are shared out.
  public var workers = Workers(count: 1)
  /// The most samples classified together. Results do not depend on it.
  public var batchSize: Int
  /// Told about every batch, never by two threads at once; should be quick.
  public var onProgress: (@Sendable (SmoothingProgress) -> Void)?
  /// Asked before every batch.
  public var isCancelled: @Sendable () -> Bool = { false }

  /// Puts noise before a classifier: one thread, seed 0, batches of about 10⁵ pixels.
  ///
  /// - Throws: `HyperparameterError` where a value of the method is out of its range.
  public init(_ base: any Classifier, _ method: Smoothing = Smoothing()) throws(HyperparameterError) {
    try method.check()
    (self.base, self.method) = (base, method)
    batchSize = min(max(100_000 / max(base.inputShape.count, 1), 1), 1024)
  }

  /// CERTIFY for one image: its class and a radius, or no class.
  ///
  /// - Throws: `SmoothingError.shape`; `CancellationError` when `isCancelled` says so; what the classifier throws.
  public func certify(_ image: Tensor<Float>, id: Int) throws -> SmoothingCertificate {
    try certify(image, id: id, progress: progress(of: method.selectionSamples + method.samples))
  }

  /// PREDICT for one image: its class, or none.
  ///
  /// - Throws: As `certify` does.
  public func predict(_ image: Tensor<Float>, id: Int) throws -> SmoothedPrediction {
    method.prediction(from: try votes(for: image, id: id, .prediction, samples: 0..<method.samples))
  }

  /// CERTIFY for every image of a set, one after the other, each on all threads.
  ///
  /// - Parameters:
  ///   - examples: The images.
  ///   - onResult: Takes each result when it is there.
  /// - Returns: All results, in order; those up to there when `isCancelled` says so.
  /// - Throws: As `certify` of one image does, save `CancellationError`; what `onResult` throws.
  public func certify(
    _ examples: LabelledImages, onResult: (CertifiedExample) throws -> Void = { _ in }
  ) throws -> [CertifiedExample] {
    let progress = progress(of: examples.count * (method.selectionSamples + method.samples))
    var results: [CertifiedExample] = []
    for row in 0..<examples.count {
      do {
        let image = examples.images.examples(row..<row + 1)
        let certificate = try certify(image, id: examples.ids[row], progress: progress)
        results.append(CertifiedExample(id: examples.ids[row], label: examples.labels[row], certificate: certificate))
      } catch is CancellationError {
        break
      }
      try onResult(results[row])
    }
    return results
  }

  /// The votes of a range of samples. Votes of ranges that follow each other add up to those of the whole.
  ///
  /// - Throws: As `certify` does.
  public func votes(
    for image: Tensor<Float>, id: Int, _ draw: Draw, samples: Range<Int>
  ) throws -> VoteCounts {
    try votes(for: image, id: id, draw, samples: samples, progress: progress(of: samples.count))
  }

  private func progress(of samples: Int) -> SampleMonitor { SampleMonitor(total: samples, onProgress: onProgress) }

  private func certify(_ image: Tensor<Float>, id: Int, progress: SampleMonitor) throws -> SmoothingCertificate {
    let selection = try votes(
      for: image, id: id, .selection, samples: 0..<method.selectionSamples, progress: progress)
    let estimation = try votes(for: image, id: id, .estimation, samples: 0..<method.samples, progress: progress)
    return method.certificate(selection: selection, estimation: estimation)
  }

  /// What the classifier gets of an image: the first of the samples that bound the probability.
  package func sample(of image: Tensor<Float>, id: Int) -> Tensor<Float> {
    var point = Tensor<Float>(shape: base.inputShape.batched(1))
    noise(on: image, id: id, .estimation).fill(&point, firstSample: 0)
    return point
  }

  private func noise(on image: Tensor<Float>, id: Int, _ draw: Draw) -> SampleNoise {
    SampleNoise(image: image, sigma: method.sigma, random: random, id: id, lane: draw.rawValue)
  }

  private func votes(
    for image: Tensor<Float>, id: Int, _ draw: Draw, samples: Range<Int>, progress: SampleMonitor
  ) throws -> VoteCounts {
    guard image.scalars.count == base.inputShape.count else {
      throw SmoothingError.shape(found: image.shape, expected: base.inputShape)
    }
    // Threads take a stretch of batches at a time, and use one buffer for all of them.
    let stretches = workers.balancedRanges(count: samples.count, largest: 32 * max(1, batchSize))
    let parts = try workers.map(stretches.count) { index in
      let stretch = stretches[index].lowerBound + samples.lowerBound..<stretches[index].upperBound + samples.lowerBound
      return try count(noise(on: image, id: id, draw), over: stretch, progress: progress)
    }
    return parts.reduce(VoteCounts(classCount: base.classCount), +)
  }

  private func count(_ noise: SampleNoise, over stretch: Range<Int>, progress: SampleMonitor) throws -> VoteCounts {
    var votes = VoteCounts(classCount: base.classCount)
    var points = Tensor<Float>(shape: [0])
    for batch in shardRanges(count: stretch.count, size: batchSize) {
      guard !isCancelled() else { throw CancellationError() }
      if points.exampleCount != batch.count { points = Tensor(shape: base.inputShape.batched(batch.count)) }
      noise.fill(&points, firstSample: stretch.lowerBound + batch.lowerBound)
      for vote in predictions(of: try base.logits(of: points)) { votes.add(vote) }
      progress.add(batch.count)
    }
    return votes
  }
}

/// An image, and the noise of its samples.
private struct SampleNoise {
  let image: Tensor<Float>
  let sigma: Double
  let random: RandomSource
  let id: Int
  let lane: Int

  /// Writes consecutive samples of the image with noise, one per row.
  func fill(_ points: inout Tensor<Float>, firstSample: Int) {
    let size = points.exampleSize
    image.withUnsafeScalars { image in
      points.withUnsafeMutableScalars { points in
        guard size > 0 else { return }
        for row in 0..<points.count / size {
          var stream = random.stream(.noise, example: id, step: firstSample + row, lane: lane)
          let sample = UnsafeMutableBufferPointer(rebasing: points[row * size..<(row + 1) * size])
          stream.fillNormal(sample)
          // In double precision, so that σ is the one that the radius is computed with, and not its nearest Float.
          for index in 0..<size { sample[index] = Float(Double(image[index]) + sigma * Double(sample[index])) }
        }
      }
    }
  }
}
