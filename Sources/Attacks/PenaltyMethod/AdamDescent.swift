import Networks

/// Descent by Adam with the moments of every example for itself: decay rates 0.9 and 0.999, 1e-8 added to the root.
///
/// Kingma and Ba, *Adam: a method for stochastic optimization*, arXiv 1412.6980.
struct AdamDescent {
  private var means: Tensor<Float>
  private var squares: Tensor<Float>
  /// The steps that each example has made.
  private var counts: [Int]

  /// No step yet.
  init(shape: Shape) {
    means = Tensor(shape: shape)
    squares = Tensor(shape: shape)
    counts = Array(repeating: 0, count: shape[0])
  }

  /// Keeps the examples at `rows`.
  mutating func keep(_ rows: [Int]) {
    means = means.gathering(rows)
    squares = squares.gathering(rows)
    counts = rows.map { counts[$0] }
  }

  /// Forgets the steps of one example.
  mutating func reset(_ row: Int) {
    counts[row] = 0
    let size = means.exampleSize
    let range = row * size..<(row + 1) * size
    means.withUnsafeMutableScalars { means in for index in range { means[index] = 0 } }
    squares.withUnsafeMutableScalars { squares in for index in range { squares[index] = 0 } }
  }

  /// A step of every example against the gradient.
  mutating func descend(_ points: inout Tensor<Float>, along gradient: Tensor<Float>, learningRate: Float) {
    let size = means.exampleSize
    points.withUnsafeMutableScalars { points in
      gradient.withUnsafeScalars { gradient in
        means.withUnsafeMutableScalars { means in
          squares.withUnsafeMutableScalars { squares in
            for row in counts.indices {
              counts[row] += 1
              let rates = Self.rates(learningRate, step: counts[row])
              for index in row * size..<(row + 1) * size {
                let slope = gradient[index]
                means[index] = 0.9 * means[index] + 0.1 * slope
                squares[index] = 0.999 * squares[index] + 0.001 * slope * slope
                points[index] -= rates.step * means[index] / ((squares[index] * rates.scale).squareRoot() + 1e-8)
              }
            }
          }
        }
      }
    }
  }

  /// What corrects the moments for having begun at zero.
  private static func rates(_ learningRate: Float, step: Int) -> (step: Float, scale: Float) {
    (Float(Double(learningRate) / (1 - power(0.9, step))), Float(1 / (1 - power(0.999, step))))
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, square, rest) = (1.0, base, exponent)
    while rest > 0 {
      if !rest.isMultiple(of: 2) { result *= square }
      square *= square
      rest /= 2
    }
    return result
  }
}
