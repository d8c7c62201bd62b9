import Glibc

/// The certificate of an image of known class.
public struct CertifiedExample: Hashable, Sendable, Codable {
  /// The index of the image in its dataset.
  public let id: Int
  /// Its class.
  public let label: Int
  /// What CERTIFY says of it.
  public let certificate: SmoothingCertificate

  /// Puts a certificate beside the class.
  public init(id: Int, label: Int, certificate: SmoothingCertificate) {
    (self.id, self.label, self.certificate) = (id, label, certificate)
  }

  /// Whether the certified class is the right one; abstaining is wrong.
  public var isCorrect: Bool { certificate.certifiedClass == label }
}

/// Certified accuracy against radius: the share of images that are certified for the right class at that radius or a
/// larger one.
public struct CertifiedCurve: Hashable, Sendable {
  /// The number of images.
  public let count: Int
  /// The share of images of which CERTIFY abstains.
  public let abstentionRate: Double
  /// The radii of the images that are certified for the right class, in ascending order: the curve steps down beyond each.
  public let radii: [Double]

  /// The curve of some images.
  public init(_ examples: [CertifiedExample]) {
    count = examples.count
    let abstentions = examples.filter { $0.certificate.certifiedClass == nil }.count
    abstentionRate = Double(abstentions) / Double(max(count, 1))
    radii = examples.filter(\.isCorrect).map(\.certificate.radius).sorted()
  }

  /// The share of images that are certified for the right class at `radius` or a larger one; 0 without images.
  public func accuracy(at radius: Double) -> Double {
    Double(certified(at: radius)) / Double(max(count, 1))
  }

  /// The mean radius, where images that are not certified for the right class count as 0 (Zhai et al., arXiv 2001.02378).
  public var averageRadius: Double { radii.reduce(0, +) / Double(max(count, 1)) }

  /// Bounds of the certified accuracy on all images of the kind, of which these are a random sample, with an error
  /// probability of `alpha` for each radius: half of it on either side (Clopper and Pearson).
  ///
  /// - Precondition: `alpha` is above 0 and at most 1.
  public func confidenceInterval(at radius: Double, alpha: Double = 0.05) -> Interval {
    guard count > 0 else { return Interval(0, 1) }
    let certified = certified(at: radius)
    return Interval(
      ClopperPearson.lowerBound(successes: certified, of: count, alpha: alpha / 2),
      ClopperPearson.upperBound(successes: certified, of: count, alpha: alpha / 2))
  }

  /// What the share of these images that are robust at `radius` exceeds, save with probability `rho`, although each
  /// certificate fails with probability `alpha`: the variant "with high probability" of the paper's `analyze.py`,
  ///
  ///     accuracy − α − √(α(1 − α)·log(1/ρ)/N) − log(1/ρ)/3N
  public func highProbabilityAccuracy(at radius: Double, alpha: Double, rho: Double = 0.001) -> Double {
    guard count > 0 else { return 0 }
    let surprise = log(1 / rho) / Double(count)
    return max(0, accuracy(at: radius) - alpha - (alpha * (1 - alpha) * surprise).squareRoot() - surprise / 3)
  }

  /// How many images are certified at a radius or a larger one: a binary search among the sorted radii.
  private func certified(at radius: Double) -> Int {
    var (low, high) = (0, radii.count)
    while low < high {
      let middle = (low + high) / 2
      if radii[middle] < radius { low = middle + 1 } else { high = middle }
    }
    return radii.count - low
  }
}
