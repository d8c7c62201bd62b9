public import Networks

/// What an attack is asked to do: the examples, what is wanted of each, and what the attacker may do to them.
///
/// Attacks drop an example as soon as it is done, which is the largest single saving there is; what belongs to an
/// example leaves together with it. Passes made through the task are counted for its examples.
public struct AttackTask: Sendable {
  /// The clean images `[N, C, H, W]`, in the bounds of the threat model.
  public let images: Tensor<Float>
  /// The index of each in its dataset, by which its random numbers and its passes are known.
  public let ids: [Int]
  /// What is wanted of each.
  public let goal: Goal
  /// Norm, radius and bounds. For a minimum-norm attack the radius is infinite.
  public let threat: ThreatModel
  /// The randomness of the run.
  public let random: RandomSource

  /// Creates a task.
  public init(
    images: Tensor<Float>, ids: [Int], goal: Goal, threat: ThreatModel, random: RandomSource = RandomSource(seed: 0)
  ) {
    self.images = images
    self.ids = ids
    self.goal = goal
    self.threat = threat
    self.random = random
  }

  /// The number of examples.
  public var count: Int { ids.count }

  /// The examples at `rows`, in that order.
  public func gathering(_ rows: [Int]) -> AttackTask {
    AttackTask(
      images: images.gathering(rows), ids: rows.map { ids[$0] }, goal: goal[rows], threat: threat, random: random)
  }

  /// Those of the examples at `rows` that have a query budget left for a look at one more point.
  public func affordable(_ rows: [Int], by model: QueriedModel) -> [Int] {
    zip(rows, model.canAfford(1, for: rows.map { ids[$0] })).filter(\.1).map(\.0)
  }

  /// The logits of one point per example.
  public func logits(of points: Tensor<Float>, model: QueriedModel) throws -> Tensor<Float> {
    try model.logits(of: points, for: ids)
  }

  /// The logits of one point per example, and the direction in which a loss grows towards the goal.
  public func gradient(
    at points: Tensor<Float>, of loss: Loss, model: AttackedModel
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    try model.pullback(at: points, for: ids) { logits, rows in goal.objective(loss, of: logits, rows: rows).gradient }
  }

  /// The logits of one point per example, and the gradient of the difference of two of them: z_a − z_b.
  ///
  /// - Parameters:
  ///   - points: The points.
  ///   - classes: The class a of each example.
  ///   - others: The class b of each example; nothing is subtracted without them.
  ///   - model: The model.
  /// - Returns: The logits `[N, K]` and the gradient at the points.
  /// - Throws: What the model throws.
  public func gradient(
    at points: Tensor<Float>, ofLogits classes: [Int], minus others: [Int]? = nil, model: AttackedModel
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    try model.pullback(at: points, for: ids) { logits, rows in
      var cotangent = Tensor<Float>(shape: logits.shape)
      let size = logits.exampleSize
      cotangent.withUnsafeMutableScalars { cotangent in
        for (position, row) in rows.enumerated() {
          cotangent[position * size + classes[row]] += 1
          if let others { cotangent[position * size + others[row]] -= 1 }
        }
      }
      return cotangent
    }
  }

  /// Of the examples that reach the goal by logits that came with a gradient, those that do by the logits that count.
  public func confirmed(_ reached: [Bool], at points: Tensor<Float>, model: AttackedModel) throws -> [Bool] {
    let rows = reached.indices.filter { reached[$0] }
    guard !model.pullbackLogitsAreExact, !rows.isEmpty else { return reached }
    let part = gathering(rows)
    var confirmed = reached
    let found = part.goal.isReached(by: try part.logits(of: points.gathering(rows), model: model.queried))
    for (row, isReached) in zip(rows, found) { confirmed[row] = isReached }
    return confirmed
  }
}
