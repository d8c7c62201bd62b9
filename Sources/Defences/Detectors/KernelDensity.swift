import Glibc
public import Hyperparameters
public import Networks

/// How far features lie from those of training images of the class predicted.
///
///     score = − log mean over training images xᵢ of that class of exp(−‖φ(x) − φ(xᵢ)‖² / bandwidth²)
///
/// Feinman, Curtin, Shintre and Gardner, *Detecting adversarial samples from artifacts*, arXiv 1703.00410. The paper tunes
/// the bandwidth by hand; without one it is the median distance of a training image from its nearest neighbour of the
/// same class.
public struct KernelDensity: FeatureScore {
  /// The hyper-parameters of the detector.
  public struct Method: FeatureScoreMethod {
    /// Name, title and source.
    public static let method = Hyperparameters.Method(
      name: "kernel-density", title: "Kernel density",
      summary: "How far features lie from those of training images of the predicted class.",
      citation: "Feinman, Curtin, Shintre and Gardner, arXiv 1703.00410")
    /// The bandwidth.
    public static let hyperparameters: [Hyperparameter<Self>] = [
      .number(
        "bandwidth", \.bandwidth, .from(1e-6, to: 1e6), standard: "the median distance of nearest neighbours",
        "The width of the kernel.")
    ]

    /// The width of the kernel; nil for one that is computed.
    public var bandwidth: Float?

    /// With a bandwidth that is computed.
    public init() {}

    /// Keeps the features.
    public func score(
      fitting features: Tensor<Float>, labels: [Int], classCount: Int
    ) throws -> any FeatureScore {
      try KernelDensity(fitting: features, labels: labels, classCount: classCount, bandwidth: bandwidth)
    }
  }

  /// `kernel-density`.
  public static let name = Method.method.name

  /// The width of the kernel.
  public let bandwidth: Double
  private let centers: [PointSet]

  /// Keeps the features of training images.
  ///
  /// - Parameters:
  ///   - features: One row per image.
  ///   - labels: Their classes; of each class the first `perClass` are kept.
  ///   - classCount: The number of classes.
  ///   - bandwidth: The width of the kernel.
  ///   - perClass: The most images of a class.
  /// - Throws: `DefenceError` where a class has fewer than two images.
  public init(
    fitting features: Tensor<Float>, labels: [Int], classCount: Int, bandwidth: Float? = nil, perClass: Int = 500
  ) throws(DefenceError) {
    var rows = [[Int]](repeating: [], count: classCount)
    for (row, label) in labels.enumerated() where rows[label].count < perClass { rows[label].append(row) }
    guard let fewest = rows.map(\.count).min(), fewest > 1 else {
      throw .count(
        of: "training images of every class", found: rows.map(\.count).min() ?? 0, expected: "at least 2",
        for: Self.name)
    }
    let centers = rows.map { PointSet(features.gathering($0)) }
    let nearest = centers.flatMap { points in
      (0..<points.count).map { i in
        let distances = points.squaredDistances(from: points[i])
        return distances.indices.reduce(Double.infinity) { $1 == i ? $0 : min($0, distances[$1]) }.squareRoot()
      }
    }.sorted()
    self.centers = centers
    // Where most images have a duplicate the median is 0; any bandwidth will do.
    let median = nearest[nearest.count / 2]
    self.bandwidth = bandwidth.map(Double.init) ?? (median > 0 ? median : 1)
  }

  /// With its bandwidth.
  public var description: String { "\(Self.name) (bandwidth \(Float(bandwidth)))" }

  /// Minus the logarithm of the density.
  public func score(of features: [Double], predicted: Int) -> (value: Double, gradient: [Double]) {
    let scale = 1 / (bandwidth * bandwidth)
    let exponents = centers[predicted].squaredDistances(from: features).map { -$0 * scale }
    let largest = exponents.max() ?? 0
    let weights = exponents.map { exp($0 - largest) }
    let sum = weights.reduce(0, +)
    // Far centers have a weight of zero, and most are far.
    let terms = weights.enumerated().filter { $0.element > 1e-18 }.map {
      (row: $0.offset, weight: 2 * scale * $0.element / sum)
    }
    let gradient = centers[predicted].weightedDifferences(from: features, terms)
    return (log(Double(exponents.count)) - largest - log(sum), gradient)
  }
}
