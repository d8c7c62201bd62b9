import Networks

/// What Carlini and Wagner call f₆: max(0, κ − m) of the margin m by which the logits reach the goal.
///
/// The margin is the difference to the largest of the other logits, whatever their signs; arXiv 1608.04644.
extension AttackTask {
  /// The logits, the hinge of every example, and the gradient of its hinge times its constant.
  ///
  /// - Parameters:
  ///   - points: A point for each example.
  ///   - confidence: κ.
  ///   - constants: The weight of each hinge.
  ///   - model: The model.
  /// - Returns: All three, the hinge NaN where a logit is.
  /// - Throws: What the model throws.
  func hinge(
    at points: Tensor<Float>, confidence: Float, constants: [Float], model: AttackedModel
  ) throws -> (logits: Tensor<Float>, hinges: [Float], gradient: Tensor<Float>) {
    var hinges = [Float](repeating: 0, count: count)
    var (logits, gradient) = try model.pullback(at: points, for: ids) { logits, rows in
      let (margins, slopes) = goal.objective(.margin, of: logits, rows: rows)
      let size = logits.exampleSize
      var cotangent = slopes
      cotangent.withUnsafeMutableScalars { cotangent in
        for (position, row) in rows.enumerated() {
          hinges[row] = Self.hinge(margins[position], confidence)
          for index in position * size..<(position + 1) * size { cotangent[index] *= -constants[row] }
        }
      }
      return cotangent
    }
    // The margin is differentiated even where the hinge is zero, so that a zero gradient that is counted is the model's.
    let size = gradient.exampleSize
    gradient.withUnsafeMutableScalars { gradient in
      for row in hinges.indices where hinges[row] <= 0 {
        for index in row * size..<(row + 1) * size { gradient[index] *= 0 }
      }
    }
    return (logits, hinges, gradient)
  }

  /// The hinge of every example by its logits.
  func hinges(of logits: Tensor<Float>, confidence: Float) -> [Float] {
    goal.objective(.margin, of: logits, rows: 0..<count).values.map { Self.hinge($0, confidence) }
  }

  /// Which examples reach the goal with that confidence, by the logits that count.
  func reached(
    by logits: Tensor<Float>, hinges: [Float], at points: Tensor<Float>, model: AttackedModel
  ) throws -> [Bool] {
    let reached = zip(goal.isReached(by: logits), hinges).map { $0 && $1 <= 0 }
    return try confirmed(reached, at: points, model: model)
  }

  private static func hinge(_ margin: Float, _ confidence: Float) -> Float {
    margin.isNaN ? .nan : max(0, confidence - margin)
  }
}
