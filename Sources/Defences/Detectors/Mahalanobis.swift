public import Networks

/// The distance of features from the nearest class, in the metric of their common covariance.
///
///     score = min over classes c of (φ(x) − μ_c)ᵀ Σ⁻¹ (φ(x) − μ_c)
///
/// Lee, Lee, Lee and Shin, *A simple unified framework for detecting out-of-distribution samples and adversarial attacks*,
/// arXiv 1807.03888: one layer, without the paper's input noise and regression over layers. A thousandth of the mean
/// variance is added to every one, so that features that never vary do no harm.
public struct Mahalanobis: FeatureScore {
  /// `mahalanobis`.
  public static let name = "mahalanobis"

  private let means: [[Double]]
  private let precision: [[Double]]

  /// Means and covariance of the features of training images.
  ///
  /// - Throws: `DefenceError` where a class has no image, or the features do not vary.
  public init(fitting features: Tensor<Float>, labels: [Int], classCount: Int) throws(DefenceError) {
    let size = features.exampleSize
    let rows = features.rows
    var means = [[Double]](repeating: Array(repeating: 0, count: size), count: classCount)
    var counts = [Int](repeating: 0, count: classCount)
    for (row, label) in zip(rows, labels) {
      counts[label] += 1
      for i in 0..<size { means[label][i] += row[i] }
    }
    guard let fewest = counts.min(), fewest > 0 else {
      throw .count(of: "training images of every class", found: 0, expected: "at least 1", for: Self.name)
    }
    for c in means.indices { for i in 0..<size { means[c][i] /= Double(counts[c]) } }
    var covariance = [[Double]](repeating: Array(repeating: 0, count: size), count: size)
    for (row, label) in zip(rows, labels) {
      let residual = zip(row, means[label]).map { $0 - $1 }
      for i in 0..<size where residual[i] != 0 {
        for j in 0...i { covariance[i][j] += residual[i] * residual[j] / Double(rows.count) }
      }
    }
    let ridge = 1e-3 * (0..<size).reduce(0) { $0 + covariance[$1][$1] } / Double(max(size, 1))
    for i in 0..<size { covariance[i][i] += ridge }
    guard let precision = inverse(ofLower: covariance) else {
      throw .count(of: "different features", found: 0, expected: "at least 1", for: Self.name)
    }
    (self.means, self.precision) = (means, precision)
  }

  /// The name.
  public var description: String { Self.name }

  /// The squared distance from the nearest class.
  public func score(of features: [Double], predicted: Int) -> (value: Double, gradient: [Double]) {
    var best = (value: Double.infinity, gradient: features)
    for mean in means {
      let residual = zip(features, mean).map { $0 - $1 }
      let image = precision.map { row in zip(row, residual).reduce(0) { $0 + $1.0 * $1.1 } }
      let value = zip(residual, image).reduce(0) { $0 + $1.0 * $1.1 }
      if value < best.value { best = (value, image.map { 2 * $0 }) }
    }
    return best
  }
}

/// The inverse of a symmetric matrix of which the lower half is given, by Cholesky's factors; nil where it is not
/// positive definite.
private func inverse(ofLower matrix: [[Double]]) -> [[Double]]? {
  let n = matrix.count
  var factor = matrix
  for i in 0..<n {
    for j in 0...i {
      var sum = matrix[i][j]
      for k in 0..<j { sum -= factor[i][k] * factor[j][k] }
      if i == j {
        guard sum > 0 else { return nil }
        factor[i][i] = sum.squareRoot()
      } else {
        factor[i][j] = sum / factor[j][j]
      }
    }
  }
  return (0..<n).map { column in
    var x = [Double](repeating: 0, count: n)
    x[column] = 1
    for i in 0..<n {
      for k in 0..<i { x[i] -= factor[i][k] * x[k] }
      x[i] /= factor[i][i]
    }
    for i in (0..<n).reversed() {
      for k in i + 1..<max(n, i + 1) { x[i] -= factor[k][i] * x[k] }
      x[i] /= factor[i][i]
    }
    return x
  }
}
