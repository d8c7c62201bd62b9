package import Networks

/// The examples an attack still works on.
///
/// Attacks drop an example as soon as it is done, which is the largest single saving there is; what belongs to an
/// example leaves together with it. Passes made through the batch are counted for its examples.
package struct AttackBatch: Sendable {
  /// The clean images.
  package let images: Tensor<Float>
  /// The index of each in its dataset.
  package let ids: [Int]
  /// What is wanted of each.
  package let goal: Goal

  /// Creates a batch.
  package init(images: Tensor<Float>, ids: [Int], goal: Goal) {
    self.images = images
    self.ids = ids
    self.goal = goal
  }

  /// The number of examples.
  package var count: Int { ids.count }

  /// The examples at `rows`, in that order.
  package func gathering(_ rows: [Int]) -> AttackBatch {
    AttackBatch(images: images.gathering(rows), ids: rows.map { ids[$0] }, goal: goal[rows])
  }

  /// The logits of one point per example.
  package func logits(of points: Tensor<Float>, model: any Classifier) throws -> Tensor<Float> {
    guard let counting = model as? CountingClassifier else { return try model.logits(of: points) }
    return try counting.attributed(to: ids).logits(of: points)
  }

  /// Of the examples that reach the goal by logits that came with a gradient, those that do by the logits that count.
  package func confirmed(
    _ reached: [Bool], at points: Tensor<Float>, model: any DifferentiableClassifier
  ) throws -> [Bool] {
    let rows = reached.indices.filter { reached[$0] }
    guard !model.pullbackLogitsAreExact, !rows.isEmpty else { return reached }
    let part = gathering(rows)
    var confirmed = reached
    let found = part.goal.isReached(by: try part.logits(of: points.gathering(rows), model: model))
    for (row, isReached) in zip(rows, found) { confirmed[row] = isReached }
    return confirmed
  }

  /// The logits of one point per example, and the direction in which a loss grows towards the goal.
  package func gradient(
    at points: Tensor<Float>, of loss: Loss, model: any DifferentiableClassifier
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let model = (model as? CountingClassifier)?.attributed(to: ids) ?? model
    return try model.pullback(at: points) { logits, rows in goal.objective(loss, of: logits, rows: rows).gradient }
  }
}
