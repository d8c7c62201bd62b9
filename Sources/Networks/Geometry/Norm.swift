/// How the size of a perturbation is measured.
public enum Norm: String, CaseIterable, Codable, Sendable {
  /// The largest absolute change of a scalar.
  case linf
  /// The Euclidean length.
  case l2
  /// The sum of absolute changes.
  case l1
  /// The number of changed scalars (every channel of a pixel counts for itself). Not a norm in the strict sense.
  case l0

  /// The norm in which the gradient measures the growth along a unit step; none for L0.
  public var dual: Norm? {
    switch self {
    case .linf: .l1
    case .l2: .l2
    case .l1: .linf
    case .l0: nil
    }
  }

  /// The symbol in print.
  public var symbol: String {
    switch self {
    case .linf: "L∞"
    case .l2: "L2"
    case .l1: "L1"
    case .l0: "L0"
    }
  }

  /// The size of `point − center`, accumulated in double precision; NaN where a scalar is (for L0 it counts as changed).
  ///
  /// - Precondition: both have the same count.
  public func distance(from center: UnsafeBufferPointer<Float>, to point: UnsafeBufferPointer<Float>) -> Double {
    precondition(point.count == center.count, "\(point.count) scalars against \(center.count)")
    var result = 0.0
    switch self {
    case .linf:
      for index in point.indices {
        let change = abs(Double(point[index]) - Double(center[index]))
        // False for a NaN change, which is taken over, and for a NaN result, which stays.
        result = change <= result || result.isNaN ? result : change
      }
    case .l2:
      for index in point.indices {
        let change = Double(point[index]) - Double(center[index])
        result += change * change
      }
      result.formSquareRoot()
    case .l1:
      for index in point.indices { result += abs(Double(point[index]) - Double(center[index])) }
    case .l0:
      for index in point.indices where point[index] != center[index] { result += 1 }
    }
    return result
  }

  /// The distance of each example of `points` from the same example of `centers`, accumulated in double precision.
  ///
  /// - Precondition: both tensors have one shape.
  public func distances(from centers: Tensor<Float>, to points: Tensor<Float>) -> [Float] {
    precondition(centers.shape == points.shape, "tensors of shapes \(centers.shape) and \(points.shape)")
    let size = centers.exampleSize
    return centers.withUnsafeScalars { centers in
      points.withUnsafeScalars { points in
        (0..<points.count / max(size, 1)).map { row in
          let range = row * size..<(row + 1) * size
          return Float(
            distance(
              from: UnsafeBufferPointer(rebasing: centers[range]), to: UnsafeBufferPointer(rebasing: points[range])))
        }
      }
    }
  }
}
