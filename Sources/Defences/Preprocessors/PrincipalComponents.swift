public import Hyperparameters
public import Networks

/// Images projected onto the leading principal components of some training images, and back.
///
///     x ↦ mean + V Vᵀ (x − mean)
///
/// Hendrycks and Gimpel, *Early methods for detecting adversarial images*, arXiv 1608.00530; Bhagoji, Cullina, Sitawarin
/// and Mittal, *Enhancing robustness of machine learning systems via data transformations*, arXiv 1704.02654. Linear, so
/// that its gradient is exact.
public struct PrincipalComponents: Preprocessor {
  /// The hyper-parameters of the projection.
  public struct Method: PreprocessorMethod {
    /// Name, title and source.
    public static let method = Hyperparameters.Method(
      name: "pca", title: "Principal components", summary: "Images projected onto leading principal components.",
      citation: "Hendrycks and Gimpel, arXiv 1608.00530; Bhagoji, Cullina, Sitawarin and Mittal, arXiv 1704.02654")
    /// The number of components.
    public static let hyperparameters: [Hyperparameter<Self>] = [
      .integer("components", \.components, in: 1...1_000_000, "The number of components.")
    ]

    /// The number of components.
    public var components = 20

    /// 20 components.
    public init() {}

    /// Fits it to the training images.
    public func preprocessor(
      bounds: ClosedRange<Float>, trainingImages: () throws -> Tensor<Float>
    ) throws -> any Preprocessor {
      try PrincipalComponents(fitting: trainingImages(), components: components)
    }
  }

  /// `pca`.
  public static let name = Method.method.name

  /// The mean image.
  public let mean: [Double]
  /// The components, one orthonormal row of the size of an image after the other, by falling variance.
  public let components: [[Double]]
  /// The variance along each component.
  public let variances: [Double]

  /// Finds the components of images.
  ///
  /// Block power iteration on the covariance (of which the matrix itself is never formed) with eight more vectors than
  /// requested, until the variance they hold grows by less than 1e-10 of itself; then the small problem within their
  /// span is solved by Jacobi's rotations.
  ///
  /// - Throws: `DefenceError` where there are more components than pixels or images.
  public init(fitting images: Tensor<Float>, components count: Int, seed: UInt64 = 0) throws(DefenceError) {
    let most = min(images.exampleSize, images.exampleCount)
    guard (1...max(most, 1)).contains(count), most > 0 else {
      throw .count(
        of: "components, as there are \(images.exampleCount) images of \(images.exampleSize) pixels", found: count,
        expected: "1 to \(most)", for: Self.name)
    }
    let fit = PrincipalFit(images)
    mean = fit.mean
    (components, variances) = fit.leading(count, seed: seed)
  }

  /// `pca:components=20`.
  public var description: String { "\(Self.name):components=\(components.count)" }

  /// Linear.
  public var derivative: DerivativeKind { .exact }

  /// The projections.
  public func apply(_ images: Tensor<Float>, draw: Draw) throws -> Tensor<Float> {
    try check(images)
    return images.mappingExamples { image, result in project(image, result, around: mean) }
  }

  /// The projection without the shift; it is its own transpose.
  public func pullback(_ cotangent: Tensor<Float>, at images: Tensor<Float>, draw: Draw) throws -> Tensor<Float> {
    try check(cotangent)
    let zero = [Double](repeating: 0, count: mean.count)
    return cotangent.mappingExamples { gradient, result in project(gradient, result, around: zero) }
  }

  private func check(_ images: Tensor<Float>) throws(DefenceError) {
    guard images.exampleSize == mean.count else {
      throw .shape(
        found: images.shape.example, expected: "images of \(mean.count) pixels as those it was fitted to",
        for: Self.name)
    }
  }

  private func project(
    _ image: UnsafeBufferPointer<Float>, _ result: UnsafeMutableBufferPointer<Float>, around center: [Double]
  ) {
    var sum = center
    for component in components {
      var share = 0.0
      for i in image.indices { share += component[i] * (Double(image[i]) - center[i]) }
      for i in image.indices { sum[i] += share * component[i] }
    }
    for i in image.indices { result[i] = Float(sum[i]) }
  }
}

/// The search for principal components.
private struct PrincipalFit {
  let mean: [Double]
  private let centered: [Double]
  private let size: Int
  private let count: Int

  init(_ images: Tensor<Float>) {
    let (size, count) = (images.exampleSize, images.exampleCount)
    var mean = [Double](repeating: 0, count: size)
    for (i, pixel) in images.scalars.enumerated() { mean[i % size] += Double(pixel) / Double(count) }
    centered = images.scalars.enumerated().map { [mean] in Double($0.element) - mean[$0.offset % size] }
    (self.mean, self.size, self.count) = (mean, size, count)
  }

  func leading(_ wanted: Int, seed: UInt64) -> (components: [[Double]], variances: [Double]) {
    var stream = RandomSource(seed: seed).stream(.initialization)
    var basis = (0..<min(wanted + 8, size)).map { _ in (0..<size).map { _ in Double(stream.normal()) } }
    orthonormalize(&basis)
    var held = 0.0
    for _ in 0..<500 {
      var image = basis.map(covariance)
      let now = zip(basis, image).reduce(0) { $0 + dot($1.0, $1.1) }
      orthonormalize(&image)
      basis = image
      if now - held <= 1e-10 * now { break }
      held = now
    }
    let images = basis.map(covariance)
    var small = basis.map { row in images.map { dot(row, $0) } }
    var rotation = basis.indices.map { i in basis.indices.map { $0 == i ? 1.0 : 0.0 } }
    diagonalize(&small, &rotation)
    let order = basis.indices.sorted { small[$0][$0] > small[$1][$1] }.prefix(wanted)
    let components = order.map { column in
      var vector = [Double](repeating: 0, count: size)
      for (k, row) in basis.enumerated() { for i in vector.indices { vector[i] += rotation[k][column] * row[i] } }
      return vector
    }
    return (components, order.map { max(small[$0][$0], 0) })
  }

  /// The covariance matrix times a vector.
  private func covariance(_ vector: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: size)
    centered.withUnsafeBufferPointer { centered in
      for start in stride(from: 0, to: centered.count, by: size) {
        var share = 0.0
        for i in 0..<size { share += centered[start + i] * vector[i] }
        for i in 0..<size { result[i] += share * centered[start + i] }
      }
    }
    return result.map { $0 / Double(max(count - 1, 1)) }
  }

  /// Gram and Schmidt's method, twice, which is enough; what is left of a dependent row becomes zero.
  private func orthonormalize(_ rows: inout [[Double]]) {
    for k in rows.indices {
      let before = dot(rows[k], rows[k]).squareRoot()
      for _ in 0..<2 {
        for earlier in rows[..<k] {
          let share = dot(rows[k], earlier)
          for i in 0..<size { rows[k][i] -= share * earlier[i] }
        }
      }
      let length = dot(rows[k], rows[k]).squareRoot()
      let scale = length > 1e-12 * before && length > 0 ? 1 / length : 0
      for i in 0..<size { rows[k][i] *= scale }
    }
  }

  /// Jacobi's rotations of a symmetric matrix, until it is diagonal.
  private func diagonalize(_ a: inout [[Double]], _ rotation: inout [[Double]]) {
    let n = a.count
    for _ in 0..<100 {
      var beside = 0.0
      for i in 0..<n { for j in 0..<i { beside += a[i][j] * a[i][j] } }
      guard beside > 1e-24 * a.indices.reduce(0, { $0 + a[$1][$1] * a[$1][$1] }) else { return }
      for p in 0..<n {
        for q in p + 1..<n where a[p][q] != 0 {
          let theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
          let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
          let c = 1 / (t * t + 1).squareRoot()
          let s = t * c
          for k in 0..<n { (a[k][p], a[k][q]) = (c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]) }
          for k in 0..<n { (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]) }
          for k in 0..<n {
            (rotation[k][p], rotation[k][q]) =
              (c * rotation[k][p] - s * rotation[k][q], s * rotation[k][p] + c * rotation[k][q])
          }
        }
      }
    }
  }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for i in a.indices { sum += a[i] * b[i] }
  return sum
}
