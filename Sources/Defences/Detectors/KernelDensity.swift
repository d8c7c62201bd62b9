import Glibc
public import Networks

/// How far features lie from those of training images of the class predicted.
///
///     score = − log mean over training images xᵢ of that class of exp(−‖φ(x) − φ(xᵢ)‖² / bandwidth²)
///
/// Feinman, Curtin, Shintre and Gardner, *Detecting adversarial samples from artifacts*, arXiv 1703.00410. The paper tunes
/// the bandwidth by hand; without one it is the median distance of a training image from its nearest neighbour of the
/// same class.
public struct KernelDensity: FeatureScore {
  /// `kernel-density`.
  public static let name = "kernel-density"

  /// The width of the kernel.
  public let bandwidth: Double
  private let centers: [[[Double]]]

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
    var centers = [[[Double]]](repeating: [], count: classCount)
    for (row, label) in zip(features.rows, labels) where centers[label].count < perClass { centers[label].append(row) }
    guard let fewest = centers.map(\.count).min(), fewest > 1 else {
      throw .count(
        of: "training images of every class", found: centers.map(\.count).min() ?? 0, expected: "at least 2",
        for: Self.name)
    }
    self.centers = centers
    let nearest = centers.flatMap { rows in
      rows.indices.map { i in
        rows.indices.reduce(Double.infinity) { $1 == i ? $0 : min($0, squaredDistance(rows[i], rows[$1])) }.squareRoot()
      }
    }.sorted()
    // Where most images have an equal twin there is no scale to be found; any serves.
    let median = nearest[nearest.count / 2]
    self.bandwidth = bandwidth.map(Double.init) ?? (median > 0 ? median : 1)
  }

  /// With its bandwidth.
  public var description: String { "\(Self.name) (bandwidth \(Float(bandwidth)))" }

  /// Minus the logarithm of the density.
  public func score(of features: [Double], predicted: Int) -> (value: Double, gradient: [Double]) {
    let scale = 1 / (bandwidth * bandwidth)
    let exponents = centers[predicted].map { -squaredDistance(features, $0) * scale }
    let largest = exponents.max() ?? 0
    let weights = exponents.map { exp($0 - largest) }
    let sum = weights.reduce(0, +)
    var gradient = [Double](repeating: 0, count: features.count)
    for (center, weight) in zip(centers[predicted], weights) {
      let factor = 2 * scale * weight / sum
      for i in gradient.indices { gradient[i] += factor * (features[i] - center[i]) }
    }
    return (log(Double(exponents.count)) - largest - log(sum), gradient)
  }
}

func squaredDistance(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for i in a.indices { sum += (a[i] - b[i]) * (a[i] - b[i]) }
  return sum
}
