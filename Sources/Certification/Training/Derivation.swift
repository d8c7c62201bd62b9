import Networks

/// How a parameter of a `DerivedNetwork` follows from the classifier's: a function, and its derivative.
///
/// With W⁺ = max(W, 0) and W⁻ = min(W, 0); the derivative of either at W = 0 is taken as ½, the mean of its two sides.
enum Derivation: Sendable {
  /// The parameter itself.
  case copy(ParameterKey)
  /// The transpose of a matrix.
  case transposed(ParameterKey)
  /// A row that has each value `area` times.
  case spread(ParameterKey, area: Int)
  /// Each value once for the lower and once for the upper bound.
  case twice(ParameterKey, PairedAxis)
  /// (W⁺ W⁻; W⁻ W⁺): from lower and upper bounds to lower and upper bounds.
  case signedParts(ParameterKey, rows: PairedAxis, columns: PairedAxis)
  /// (D⁺ D⁻) with the differences D of all pairs of rows: from lower and upper bounds to lower bounds of differences.
  case differences(ParameterKey, columns: PairedAxis)
  /// The differences of all pairs of values.
  case biasDifferences(ParameterKey)
  /// `differences` of the unit matrix, for outputs that no dense layer makes.
  case unitDifferences(classes: Int, columns: PairedAxis)
  /// A value that does not change.
  case constant([Double])
  /// A number minus ε, everywhere.
  case withoutRadius(Double)

  /// The parameter.
  ///
  /// - Parameters:
  ///   - shape: Its shape.
  ///   - base: The classifier's parameters.
  ///   - radius: ε.
  /// - Returns: Nil where the classifier's parameter is missing.
  func value<Scalar>(
    shape: Shape, from base: ParameterSet<Scalar>, radius: Scalar
  ) -> Tensor<Scalar>? {
    switch self {
    case .copy(let key): base.tensors[key]
    case .transposed(let key): base.tensors[key].map { Self.transposed($0.scalars, rows: $0.shape[0], shape: shape) }
    case .spread(let key, let area):
      base.tensors[key].map { values in
        Tensor(shape: shape, scalars: values.scalars.flatMap { Array(repeating: $0, count: area) })
      }
    case .constant(let values): Tensor(shape: shape, scalars: values.map { Scalar($0) })
    case .withoutRadius(let number): Tensor(shape: shape, repeating: Scalar(number) - radius)
    case .twice(let key, let axis): base.tensors[key].map { SignedParts.twice($0, axis, shape: shape) }
    case .signedParts(let key, let rows, let columns):
      base.tensors[key].map { SignedParts(of: $0, rows: rows, columns: columns).value($0, shape: shape) }
    case .differences(let key, let columns):
      base.tensors[key].map { RowDifferences(columns: columns).value($0, shape: shape) }
    case .biasDifferences(let key): base.tensors[key].map { RowDifferences.ofValues($0, shape: shape) }
    case .unitDifferences(let classes, let columns):
      RowDifferences(columns: columns).value(Self.unitMatrix(classes), shape: shape)
    }
  }

  /// Adds to the gradients of the classifier's parameters what follows from the gradient of this one.
  ///
  /// - Parameters:
  ///   - gradient: That of this parameter.
  ///   - base: The classifier's parameters.
  ///   - gradients: Theirs; those that are not there are not wanted.
  func pullBack<Scalar>(
    _ gradient: Tensor<Scalar>, at base: ParameterSet<Scalar>, into gradients: inout ParameterSet<Scalar>
  ) {
    guard let key, let value = base.tensors[key], gradients.tensors[key] != nil else { return }
    gradients.tensors[key]?.withUnsafeMutableScalars { total in
      switch self {
      case .copy: gradient.withUnsafeScalars { for place in total.indices { total[place] += $0[place] } }
      case .transposed: Self.pullBackTransposed(gradient, columns: value.shape[1], into: total)
      case .spread(_, let area):
        gradient.withUnsafeScalars { for place in $0.indices { total[place / area] += $0[place] } }
      case .twice(_, let axis): SignedParts.pullBackTwice(gradient, axis, into: total)
      case .signedParts(_, let rows, let columns):
        SignedParts(of: value, rows: rows, columns: columns).pullBack(gradient, at: value, into: total)
      case .differences(_, let columns): RowDifferences(columns: columns).pullBack(gradient, at: value, into: total)
      case .biasDifferences: RowDifferences.pullBackOfValues(gradient, into: total)
      case .unitDifferences, .constant, .withoutRadius: break
      }
    }
  }

  /// The classifier's parameter that it depends on.
  private var key: ParameterKey? {
    switch self {
    case .copy(let key), .transposed(let key), .spread(let key, _), .twice(let key, _), .signedParts(let key, _, _),
      .differences(let key, _),
      .biasDifferences(let key):
      key
    case .unitDifferences, .constant, .withoutRadius: nil
    }
  }

  /// A matrix `[B, A]` from one of A rows.
  private static func transposed<Scalar>(_ matrix: [Scalar], rows: Int, shape: Shape) -> Tensor<Scalar> {
    let columns = matrix.count / rows
    return Tensor(shape: shape, scalars: matrix.indices.map { matrix[$0 % rows * columns + $0 / rows] })
  }

  /// Adds the gradient of a transpose.
  private static func pullBackTransposed<Scalar>(
    _ gradient: Tensor<Scalar>, columns: Int, into total: UnsafeMutableBufferPointer<Scalar>
  ) {
    let rows = total.count / columns
    gradient.withUnsafeScalars { gradient in
      for place in gradient.indices { total[place % rows * columns + place / rows] += gradient[place] }
    }
  }

  private static func unitMatrix<Scalar>(_ size: Int) -> Tensor<Scalar> {
    var matrix = Tensor<Scalar>(shape: [size, size])
    matrix.withUnsafeMutableScalars { for place in 0..<size { $0[place * size + place] = 1 } }
    return matrix
  }
}
