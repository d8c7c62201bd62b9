import Networks

/// What every step of a fit by gradients does.
extension EvaluationSet {
  /// The images of a step: all of them in turn, pass after pass in random order.
  func images(ofStep step: Int, _ wanted: Int, _ random: RandomSource) -> EvaluationSet {
    let number = min(wanted, count)
    guard number > 0 else { return gathering([]) }
    let stepsPerPass = max(count / number, 1)
    let (pass, place) = step.quotientAndRemainder(dividingBy: stepsPerPass)
    var stream = random.stream(.shuffling, step: pass)
    return gathering(Array(stream.permutation(count)[place * number..<(place + 1) * number]))
  }

  /// Shows the gradient of the loss at every changed image, which is 0 for those that are where they shall be: without a
  /// target the cross-entropy would else push them ever farther, and others not at all.
  ///
  /// Gradients are computed on all threads and shown in the order of the set, so that their sum does not depend on the
  /// threads.
  func forEachSlope(
    at points: Tensor<Float>, _ loss: Loss, _ model: any DifferentiableClassifier, _ workers: Workers,
    body: (_ row: Int, _ slopes: UnsafeMutableBufferPointer<Float>) -> Void
  ) throws {
    let ranges = workers.balancedRanges(count: count, largest: count)
    let gradients = try workers.map(ranges.count) { index in
      let part = examples(ranges[index])
      return try model.pullback(at: points.examples(ranges[index])) { logits, rows in
        let goal = part.goal[Array(rows)]
        let reached = goal.isReached(by: logits)
        var cotangent = goal.objective(loss, of: logits, rows: 0..<rows.count).gradient
        cotangent.forEachExample { row, values in if reached[row] { values.update(repeating: 0) } }
        return cotangent
      }.gradient
    }
    for (range, gradient) in zip(ranges, gradients) {
      var gradient = gradient.withoutNaN
      gradient.forEachExample { row, slopes in body(range.lowerBound + row, slopes) }
    }
  }
}
