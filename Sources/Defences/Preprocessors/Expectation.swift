public import Networks

/// A randomised model, averaged over draws by the attacker: expectation over transformation (EOT).
///
///     gradient = mean over draws t of ∇ L(f(t(x)))
///
/// Athalye, Engstrom, Ilyas and Kwok, *Synthesizing robust adversarial examples*, arXiv 1707.07397; for randomised
/// defences Athalye, Carlini and Wagner, arXiv 1802.00420. The loss of each draw is averaged. The logits are the
/// logarithm of the mean probabilities. Every image has draws of its own. In the count of an attack's passes, all draws
/// together are one.
public struct Expectation: DifferentiableClassifier {
  private let draws: [Preprocessed]

  /// Creates the mean over a number of draws; at least one.
  public init(
    over preprocessor: any Preprocessor, before model: any DifferentiableClassifier, samples: Int, random: RandomSource
  ) throws {
    draws = try (0..<max(samples, 1)).map { number in
      try Preprocessed(
        preprocessor, before: model, draw: Draw(random: random, purpose: .defence, number: number))
    }
  }

  /// The shape of one image before the preprocessor.
  public var inputShape: Shape { draws[0].inputShape }

  /// That of the model.
  public var classCount: Int { draws[0].classCount }

  /// That of the model.
  public var pullbackLogitsAreExact: Bool { draws[0].pullbackLogitsAreExact }

  /// The logarithm of the mean probabilities.
  public func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    mean(try draws.map { try $0.logits(of: images) })
  }

  /// The logarithm of the mean probabilities, and the mean gradient.
  public func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    var gradient = Tensor<Float>(shape: images.shape)
    let share = 1 / Float(draws.count)
    let logits = try draws.map { draw in
      let pass = try draw.pullback(at: images, cotangent: cotangent)
      gradient = gradient.adding(pass.gradient, times: share)
      return pass.logits
    }
    return (mean(logits), gradient)
  }

  private func mean(_ logits: [Tensor<Float>]) -> Tensor<Float> {
    guard logits.count > 1 else { return logits[0] }
    return Tensor(shape: logits[0].shape, scalars: logMean(logits.map(\.logProbabilities)).map(Float.init))
  }
}
