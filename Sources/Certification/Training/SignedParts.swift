import Networks

/// A weight `[A, B, …]` as one of twice as many rows and columns, from pairs of bounds to pairs of bounds.
struct SignedParts {
  private let lowerRows: [Int]
  private let upperRows: [Int]
  private let lowerColumns: [Int]
  private let upperColumns: [Int]
  /// The scalars behind the first two axes: taps of a convolution.
  private let taps: Int

  init<Scalar>(of weight: Tensor<Scalar>, rows: PairedAxis, columns: PairedAxis) {
    let (rowCount, columnCount) = (weight.shape[0], weight.shape[1])
    let taps = weight.shape.extents.dropFirst(2).reduce(1, *)
    self.taps = taps
    let width = 2 * columnCount * taps
    lowerRows = (0..<rowCount).map { rows.lower($0) * width }
    upperRows = (0..<rowCount).map { rows.upper($0) * width }
    lowerColumns = (0..<columnCount).map { columns.lower($0) * taps }
    upperColumns = (0..<columnCount).map { columns.upper($0) * taps }
  }

  /// Calls `body` with each place of the weight and its four places in the result: from lower to lower, from upper to
  /// lower, from lower to upper, from upper to upper.
  @inline(__always)
  private func forEachPlace(_ body: (_ place: Int, _ ll: Int, _ ul: Int, _ lu: Int, _ uu: Int) -> Void) {
    var place = 0
    for (lowerRow, upperRow) in zip(lowerRows, upperRows) {
      for (lower, upper) in zip(lowerColumns, upperColumns) {
        for tap in 0..<taps {
          body(place, lowerRow + lower + tap, lowerRow + upper + tap, upperRow + lower + tap, upperRow + upper + tap)
          place += 1
        }
      }
    }
  }

  /// (W⁺ W⁻; W⁻ W⁺).
  func value<Scalar>(_ weight: Tensor<Scalar>, shape: Shape) -> Tensor<Scalar> {
    var result = Tensor<Scalar>(shape: shape)
    weight.withUnsafeScalars { weight in
      result.withUnsafeMutableScalars { result in
        forEachPlace { place, ll, ul, lu, uu in
          let (positive, negative) = (max(weight[place], 0), min(weight[place], 0))
          (result[ll], result[uu]) = (positive, positive)
          (result[ul], result[lu]) = (negative, negative)
        }
      }
    }
    return result
  }

  /// Adds the gradient of the weight.
  func pullBack<Scalar>(
    _ gradient: Tensor<Scalar>, at weight: Tensor<Scalar>, into total: UnsafeMutableBufferPointer<Scalar>
  ) {
    weight.withUnsafeScalars { weight in
      gradient.withUnsafeScalars { gradient in
        forEachPlace { place, ll, ul, lu, uu in
          total[place] += oneSided(
            at: weight[place], positive: gradient[ll] + gradient[uu], negative: gradient[ul] + gradient[lu])
        }
      }
    }
  }

  /// Each value for both bounds.
  static func twice<Scalar>(_ values: Tensor<Scalar>, _ axis: PairedAxis, shape: Shape) -> Tensor<Scalar> {
    var result = Tensor<Scalar>(shape: shape)
    values.withUnsafeScalars { values in
      result.withUnsafeMutableScalars { result in
        for place in values.indices {
          result[axis.lower(place)] = values[place]
          result[axis.upper(place)] = values[place]
        }
      }
    }
    return result
  }

  /// Adds the gradient of values that stand for both bounds.
  static func pullBackTwice<Scalar>(
    _ gradient: Tensor<Scalar>, _ axis: PairedAxis, into total: UnsafeMutableBufferPointer<Scalar>
  ) {
    gradient.withUnsafeScalars { gradient in
      for place in total.indices { total[place] += gradient[axis.lower(place)] + gradient[axis.upper(place)] }
    }
  }
}

/// A weight `[K, B]` as one of all differences of its rows, `[K², 2B]`, from pairs of bounds to lower bounds.
struct RowDifferences {
  let columns: PairedAxis

  /// (D⁺ D⁻), D = Wᵢ − Wⱼ in row K i + j.
  func value<Scalar>(_ weight: Tensor<Scalar>, shape: Shape) -> Tensor<Scalar> {
    let (classes, width) = (weight.shape[0], weight.shape[1])
    var result = Tensor<Scalar>(shape: shape)
    weight.withUnsafeScalars { weight in
      result.withUnsafeMutableScalars { result in
        for row in 0..<classes * classes {
          let (first, second) = (row / classes * width, row % classes * width)
          for column in 0..<width {
            let difference = weight[first + column] - weight[second + column]
            result[2 * row * width + columns.lower(column)] = max(difference, 0)
            result[2 * row * width + columns.upper(column)] = min(difference, 0)
          }
        }
      }
    }
    return result
  }

  /// Adds the gradient of the weight.
  func pullBack<Scalar>(
    _ gradient: Tensor<Scalar>, at weight: Tensor<Scalar>, into total: UnsafeMutableBufferPointer<Scalar>
  ) {
    let (classes, width) = (weight.shape[0], weight.shape[1])
    weight.withUnsafeScalars { weight in
      gradient.withUnsafeScalars { gradient in
        for row in 0..<classes * classes where row / classes != row % classes {
          let (first, second) = (row / classes * width, row % classes * width)
          for column in 0..<width {
            let slope = oneSided(
              at: weight[first + column] - weight[second + column],
              positive: gradient[2 * row * width + columns.lower(column)],
              negative: gradient[2 * row * width + columns.upper(column)])
            total[first + column] += slope
            total[second + column] -= slope
          }
        }
      }
    }
  }

  /// bᵢ − bⱼ at K i + j.
  static func ofValues<Scalar>(_ values: Tensor<Scalar>, shape: Shape) -> Tensor<Scalar> {
    let scalars = values.scalars
    return Tensor(shape: shape, scalars: scalars.flatMap { first in scalars.map { first - $0 } })
  }

  /// Adds the gradient of values whose differences were taken.
  static func pullBackOfValues<Scalar>(
    _ gradient: Tensor<Scalar>, into total: UnsafeMutableBufferPointer<Scalar>
  ) {
    gradient.withUnsafeScalars { gradient in
      for row in gradient.indices {
        total[row / total.count] += gradient[row]
        total[row % total.count] -= gradient[row]
      }
    }
  }
}

/// The gradient at a number of which the positive and the negative part are used.
@inline(__always)
private func oneSided<Scalar: BinaryFloatingPoint>(
  at number: Scalar, positive: Scalar, negative: Scalar
) -> Scalar {
  if number > 0 { return positive }
  return number < 0 ? negative : (positive + negative) / 2
}
