import Networks

/// Vectors of one size, for distances from them.
struct PointSet: Sendable {
  let count: Int
  private let size: Int
  private let scalars: [Double]

  init(_ features: Tensor<Float>) {
    count = features.exampleCount
    size = features.exampleSize
    scalars = features.scalars.map(Double.init)
  }

  /// The squared distance of every vector from a point.
  func squaredDistances(from point: [Double]) -> [Double] {
    scalars.withUnsafeBufferPointer { scalars in
      point.withUnsafeBufferPointer { point in
        (0..<count).map { row in
          var sum = 0.0
          for i in 0..<size {
            let difference = point[i] - scalars[row * size + i]
            sum += difference * difference
          }
          return sum
        }
      }
    }
  }

  /// The vector at an index.
  subscript(row: Int) -> [Double] { Array(scalars[row * size..<(row + 1) * size]) }

  /// Σ weight · (point − vector) over some of the vectors.
  func weightedDifferences(from point: [Double], _ weights: [(row: Int, weight: Double)]) -> [Double] {
    var result = [Double](repeating: 0, count: size)
    for (row, weight) in weights {
      for i in 0..<size { result[i] += weight * (point[i] - scalars[row * size + i]) }
    }
    return result
  }
}
