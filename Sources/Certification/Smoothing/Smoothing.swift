public import Hyperparameters

/// Randomised smoothing: the class that a classifier most often gives an image with Gaussian noise, and a radius in L2
/// within which that class does not change.
///
///     g(x) = argmax_c P(f(x + η) = c),   η ~ N(0, σ²I)     radius = σ·Φ⁻¹(p),   p a lower bound of P(f(x + η) = g(x))
///
/// Cohen, Rosenfeld and Kolter, *Certified adversarial robustness via randomized smoothing*, arXiv 1902.02918. Noise is
/// added in stored pixel units, before any normalisation, and nothing is clipped.
///
/// The certificate speaks of g, which is asked by `PREDICT`, not of f; it fails for a share α of images at most; and it is a
/// theorem about noise of real numbers. Sums of pixels and noise are rounded to single precision here as in every other
/// implementation, which a classifier made for the purpose could exploit (Voráček and Hein, arXiv 2207.07209).
public struct Smoothing: Configurable, Codable, Hashable {
  /// Name, title and source.
  public static let method = Method(
    name: "smoothing", title: "Randomised smoothing",
    summary: "The class most often given to an image with Gaussian noise, with an L2 radius.",
    citation: "Cohen, Rosenfeld and Kolter, arXiv 1902.02918")

  /// The noise, the numbers of samples and the error probability.
  public static let hyperparameters: [Hyperparameter<Smoothing>] = [
    .number(
      "sigma", \.sigma, .above(0, to: 1000), unit: "pixels",
      "The standard deviation of the noise; that of the training fits best."),
    .integer("samples", \.samples, in: 1...1_000_000_000, "The samples that bound the probability of the class."),
    .integer("selection-samples", \.selectionSamples, in: 1...1_000_000_000, "The samples that pick the class."),
    .number("alpha", \.alpha, .above(0, to: 0.5), "The probability with which a certificate may be wrong."),
  ]

  /// σ, the standard deviation of the noise, in stored pixel units.
  public var sigma = 0.25
  /// n, the samples that bound the probability of the class; none of them picks it.
  public var samples = 100_000
  /// n₀, the samples that pick the class.
  public var selectionSamples = 100
  /// α, the probability with which a certificate may be wrong.
  public var alpha = 0.001

  /// Cohen's numbers of samples and error probability, and σ = 0.25.
  public init() {}

  /// Smoothing with other values.
  public init(
    sigma: Double, samples: Int = Smoothing().samples, selectionSamples: Int = Smoothing().selectionSamples,
    alpha: Double = Smoothing().alpha
  ) {
    (self.sigma, self.samples) = (sigma, samples)
    (self.selectionSamples, self.alpha) = (selectionSamples, alpha)
  }

  /// The largest radius that can be certified: that of an image whose samples all vote for one class.
  public var largestRadius: Double {
    radius(forProbability: ClopperPearson.lowerBound(successes: samples, of: samples, alpha: alpha))
  }

  /// CERTIFY, from votes that are counted already: the class is the one with most votes in the selection, and its votes in
  /// the estimation bound its probability.
  ///
  /// - Precondition: both are of as many classes, at least one, and the method's values are in
  ///   range.
  public func certificate(selection: VoteCounts, estimation: VoteCounts) -> SmoothingCertificate {
    let chosen = selection.topClass
    let bound = ClopperPearson.lowerBound(
      successes: estimation.counts[chosen], of: estimation.samples, alpha: alpha)
    return SmoothingCertificate(
      selectedClass: chosen, selection: selection, estimation: estimation, probabilityLowerBound: bound,
      radius: radius(forProbability: bound))
  }

  /// PREDICT, from votes that are counted already: the class with most votes, unless the second has so many that both
  /// might be equally likely.
  public func prediction(from votes: VoteCounts) -> SmoothedPrediction {
    let top = votes.topClass
    let pValue = BinomialTest.pValue(votes.counts[top], votes.runnerUpCount)
    return SmoothedPrediction(votes: votes, pValue: pValue, predictedClass: pValue <= alpha ? top : nil)
  }

  /// σ·Φ⁻¹(p), rounded downwards; 0 where p does not exceed ½.
  private func radius(forProbability bound: Double) -> Double {
    guard bound > 0.5 else { return 0 }
    return max(0, (sigma * NormalDistribution.quantile(bound).lower).nextDown)
  }
}
