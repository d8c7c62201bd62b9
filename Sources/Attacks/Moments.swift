import Glibc
import Networks

/// The running mean of gradients and of their squares, by which Adam steps (Kingma and Ba, arXiv 1412.6980).
struct Moments {
  private var means: Tensor<Float>
  private var squares: Tensor<Float>

  /// None yet.
  init(shape: Shape) {
    means = Tensor(shape: shape)
    squares = means
  }

  /// Those of some of the examples.
  func gathering(_ rows: [Int]) -> Moments {
    var result = self
    result.means = means.gathering(rows)
    result.squares = squares.gathering(rows)
    return result
  }

  /// Enters gradients and moves points up along them.
  ///
  /// - Parameters:
  ///   - points: The points.
  ///   - gradient: The gradients at them.
  ///   - size: The size of a step.
  ///   - number: The number of this step, from 1.
  mutating func step(_ points: inout Tensor<Float>, along gradient: Tensor<Float>, size: Double, number: Int) {
    let (keep, keepSquare): (Float, Float) = (0.9, 0.999)
    let factor = Float(size / (1 - pow(0.9, Double(number))))
    let correction = Float((1 / (1 - pow(0.999, Double(number)))).squareRoot())
    points.withUnsafeMutableScalars { points in
      gradient.withUnsafeScalars { gradient in
        means.withUnsafeMutableScalars { means in
          squares.withUnsafeMutableScalars { squares in
            for index in points.indices {
              let slope = gradient[index]
              means[index] = keep * means[index] + (1 - keep) * slope
              squares[index] = keepSquare * squares[index] + (1 - keepSquare) * slope * slope
              points[index] += factor * means[index] / (squares[index].squareRoot() * correction + 1e-8)
            }
          }
        }
      }
    }
  }
}
