import Networks

/// The points of a task while an iterative attack moves them; examples that are done are taken out and kept.
struct ActivePoints {
  /// The examples still at work.
  private(set) var task: AttackTask
  /// One point for each of them.
  var points: Tensor<Float>

  /// Which of the examples that it began with they are.
  private(set) var rows: [Int]
  private var results: Tensor<Float>

  /// All examples of a task at their starting points.
  init(_ task: AttackTask, points: Tensor<Float>) {
    self.task = task
    self.points = points
    rows = Array(0..<task.count)
    results = points
  }

  /// Whether every example is done.
  var isEmpty: Bool { rows.isEmpty }

  /// Takes out the examples that are done with the points they have now.
  ///
  /// What an attack remembers of each example, such as its momentum, is to be kept for the others alone:
  ///
  ///     if let open = active.retire(where: broken) { momentum = momentum.gathering(open) }
  ///
  /// - Parameter isDone: Whether an example is done, one entry for each that is at work.
  /// - Returns: Of the examples that were at work those that still are; nil where all of them are.
  @discardableResult
  mutating func retire(where isDone: [Bool]) -> [Int]? {
    guard isDone.contains(true) else { return nil }
    let done = isDone.indices.filter { isDone[$0] }
    let open = isDone.indices.filter { !isDone[$0] }
    results.scatter(points.gathering(done), to: done.map { rows[$0] })
    task = task.gathering(open)
    points = points.gathering(open)
    rows = open.map { rows[$0] }
    return open
  }

  /// Takes out the examples that have no query budget left for so many passes.
  ///
  /// - Returns: As `retire(where:)` does.
  @discardableResult
  mutating func retireUnaffordable(_ passes: Int, model: QueriedModel) -> [Int]? {
    guard model.hasQueryBudget else { return nil }
    return retire(where: model.canAfford(passes, for: task.ids).map { !$0 })
  }

  /// The points of all examples of the task it began with.
  consuming func finished() -> Tensor<Float> {
    results.scatter(points, to: rows)
    return results
  }
}
