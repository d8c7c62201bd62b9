import Networks

/// A search for the nearest adversarial point of each example, by looks at one moving point of each.
///
/// An example leaves when its image is adversarial already, or when its query budget is spent.
struct NearestPointSearch {
  /// The points at work.
  var active: ActivePoints
  /// The nearest adversarial point of every example.
  private(set) var nearest: NearestPoints

  private var rows: [Int]

  /// All examples of a task at their starting points.
  init(_ task: AttackTask, points: Tensor<Float>) {
    active = ActivePoints(task, points: points)
    nearest = NearestPoints(task)
    rows = Array(0..<task.count)
  }

  /// All examples of a task at their images.
  init(_ task: AttackTask) { self.init(task, points: task.images) }

  /// The examples still at work.
  var task: AttackTask { active.task }

  /// Whether every example is done.
  var isFinished: Bool { active.isEmpty }

  /// For each example at work the distance of the nearest adversarial point so far; infinite where there is none.
  var distances: [Float] { rows.map { nearest.distances[$0] } }

  /// Takes out examples that can get no nearer, or have no query budget left for another look.
  ///
  /// - Returns: As `ActivePoints.retire(where:)` does.
  mutating func retireFinished(model: AttackedModel) -> [Int]? {
    let queries = model.pullbackLogitsAreExact ? 1 : 2
    let canAfford = model.canAfford(queries, for: task.ids)
    return retire(where: zip(distances, canAfford).map { $0 == 0 || !$1 })
  }

  /// Takes out the examples that are done.
  ///
  /// - Returns: As `ActivePoints.retire(where:)` does.
  mutating func retire(where isDone: [Bool]) -> [Int]? {
    guard let open = active.retire(where: isDone) else { return nil }
    rows = open.map { rows[$0] }
    return open
  }

  /// Enters the points where they reach the goal by the logits that count.
  mutating func enter(where isReached: [Bool]) { nearest.enter(active.points, where: isReached, rows: rows) }

  /// What the model says at the points, which are entered where they reach the goal.
  mutating func look(along loss: Loss, model: AttackedModel) throws -> Look {
    let (logits, gradient) = try task.gradient(at: active.points, of: loss, model: model)
    let reached = try task.confirmed(task.goal.isReached(by: logits), at: active.points, model: model)
    enter(where: reached)
    let values = task.goal.objective(loss, of: logits, rows: 0..<task.count).values
    return Look(logits: logits, values: values, gradient: gradient.withoutInfinities, isReached: reached)
  }
}

/// What a model says at one point of each of some examples.
struct Look {
  /// The logits `[N, K]`.
  let logits: Tensor<Float>
  /// The loss that grows towards the goal.
  let values: [Float]
  /// Its gradient, see `Tensor.withoutInfinities`.
  var gradient: Tensor<Float>
  /// Whether the point is adversarial.
  let isReached: [Bool]

  /// The same of some of the examples.
  func gathering(_ rows: [Int]) -> Look {
    Look(
      logits: logits.gathering(rows), values: rows.map { values[$0] }, gradient: gradient.gathering(rows),
      isReached: rows.map { isReached[$0] })
  }
}
