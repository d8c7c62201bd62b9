public import Hyperparameters
public import Networks

/// The distance of features from the nearest class, in the metric of their common covariance.
///
///     score = min over classes c of (φ(x) − μ_c)ᵀ Σ⁻¹ (φ(x) − μ_c)
///
/// Lee, Lee, Lee and Shin, *A simple unified framework for detecting out-of-distribution samples and adversarial
/// attacks*, arXiv 1807.03888: one layer, without the paper's input noise and regression over layers. A thousandth of
/// the mean variance is added to every variance, so that constant features cause no division by zero.
public struct Mahalanobis: FeatureScore {
  /// The hyper-parameters of the detector.
  public struct Method: FeatureScoreMethod {
    /// Name, title and source.
    public static let method = Hyperparameters.Method(
      name: "mahalanobis", title: "Mahalanobis distance",
      summary: "The distance of features from the nearest class, in the metric of their common covariance.",
      citation: "Lee, Lee, Lee and Shin, arXiv 1807.03888")

    /// Without hyper-parameters.
    public init() {}

    /// Finds means and covariance.
    public func score(
      fitting features: Tensor<Float>, labels: [Int], classCount: Int
    ) throws -> any FeatureScore {
      try Mahalanobis(fitting: features, labels: labels, classCount: classCount)
    }
  }

  /// `mahalanobis`.
  public static let name = Method.method.name

  /// W with Σ⁻¹ = Wᵀ W, the inverse of Cholesky's factor, lower triangular, row by row.
  private let whitening: [Double]
  /// W μ_c.
  private let means: [[Double]]

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
    guard let whitening = inverseFactor(ofLower: covariance) else {
      throw .count(of: "different features", found: 0, expected: "at least 1", for: Self.name)
    }
    self.whitening = whitening
    self.means = means.map { product(whitening, $0) }
  }

  /// The name.
  public var description: String { Self.name }

  /// The squared distance from the nearest class.
  public func score(of features: [Double], predicted: Int) -> (value: Double, gradient: [Double]) {
    let point = product(whitening, features)
    var best = (value: Double.infinity, residual: point)
    for mean in means {
      let residual = zip(point, mean).map { $0 - $1 }
      let value = residual.reduce(0) { $0 + $1 * $1 }
      if value < best.value { best = (value, residual) }
    }
    return (best.value, transposedProduct(whitening, best.residual.map { 2 * $0 }))
  }
}

/// A lower triangular matrix times a vector.
private func product(_ matrix: [Double], _ vector: [Double]) -> [Double] {
  let n = vector.count
  return matrix.withUnsafeBufferPointer { matrix in
    vector.withUnsafeBufferPointer { vector in
      (0..<n).map { i in
        var sum = 0.0
        for j in 0...i { sum += matrix[i * n + j] * vector[j] }
        return sum
      }
    }
  }
}

/// The transpose of a lower triangular matrix times a vector.
private func transposedProduct(_ matrix: [Double], _ vector: [Double]) -> [Double] {
  let n = vector.count
  var result = [Double](repeating: 0, count: n)
  matrix.withUnsafeBufferPointer { matrix in
    result.withUnsafeMutableBufferPointer { result in
      for i in 0..<n { for j in 0...i { result[j] += matrix[i * n + j] * vector[i] } }
    }
  }
  return result
}

/// The inverse of Cholesky's factor of a symmetric matrix of which the lower half is given; nil where it is not positive
/// definite.
private func inverseFactor(ofLower matrix: [[Double]]) -> [Double]? {
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
  var inverse = [Double](repeating: 0, count: n * n)
  for column in 0..<n {
    for i in column..<n {
      var sum = i == column ? 1.0 : 0
      for k in column..<i { sum -= factor[i][k] * inverse[k * n + column] }
      inverse[i * n + column] = sum / factor[i][i]
    }
  }
  return inverse
}
