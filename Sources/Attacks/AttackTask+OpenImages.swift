import Networks

extension AttackTask {
  /// The nearest points where an image that is what the attack wants anyway is its own: the others are searched for.
  ///
  /// For attacks that do not look at the image itself. A query for each example; where it has none left, the result is the
  /// image too.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - search: Finds a point for each example of a part of the task.
  /// - Returns: A point for each example.
  /// - Throws: What model and search throw.
  func nearestFromOpenImages(
    by model: DecisionModel, search: (_ part: AttackTask) throws -> Tensor<Float>
  ) throws -> Tensor<Float> {
    let rows = affordable(Array(0..<count), by: model)
    guard !rows.isEmpty else { return images }
    let part = gathering(rows)
    let isReached = try part.isReached(at: part.images, model: model)
    let open = rows.indices.filter { !isReached[$0] }.map { rows[$0] }
    guard !open.isEmpty else { return images }
    var points = images
    points.scatter(try search(gathering(open)), to: open)
    return points
  }

  /// The same for attacks that see more than decisions.
  func nearestFromOpenImages(
    by model: AttackedModel, search: (_ part: AttackTask) throws -> Tensor<Float>
  ) throws -> Tensor<Float> {
    try nearestFromOpenImages(by: DecisionModel(model.queried), search: search)
  }
}
