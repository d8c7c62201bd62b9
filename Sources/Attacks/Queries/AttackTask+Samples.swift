import Networks

extension AttackTask {
  /// What the model says of several points of each example.
  ///
  /// - Parameters:
  ///   - points: The points, those of one example one after the other.
  ///   - each: The number of points of an example.
  ///   - loss: The loss whose growth leads towards the goal.
  ///   - model: The model.
  /// - Returns: The loss of every point, not a number where a logit is not, and whether it reaches the goal.
  /// - Throws: What the model throws.
  func samples(
    of points: Tensor<Float>, each: Int = 1, loss: Loss, model: QueriedModel
  ) throws -> (losses: [Float], isReached: [Bool]) {
    let logits = try logits(of: points, model: model)
    let goal = each == 1 ? goal : goal[(0..<count).flatMap { repeatElement($0, count: each) }]
    return (goal.objective(loss, of: logits, rows: 0..<count * each).values, goal.isReached(by: logits))
  }

  /// Of `total` points of each example, how many go into one call of the model: enough to keep it busy, and not so many
  /// that they fill the memory. What an attack finds must not depend on it.
  func samplesPerCall(of total: Int) -> Int {
    let scalars = max(1, count * images.exampleSize)
    return max(1, min(total, 4_000_000 / scalars))
  }
}
