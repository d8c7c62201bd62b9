import Networks

extension Tensor<Float> {
  /// Whether every scalar of each example is a finite number.
  var finiteExamples: [Bool] {
    let size = exampleSize
    return withUnsafeScalars { scalars in
      (0..<exampleCount).map { row in
        // 0 times a finite number is 0, times any other NaN, and NaN stays in a sum.
        var sum: Float = 0
        for index in row * size..<(row + 1) * size { sum += 0 * scalars[index] }
        return sum == 0
      }
    }
  }
}
