import Networks

/// The points of a task while an iterative attack moves them; examples that are done are taken out and kept.
struct ActivePoints {
  /// The examples still at work.
  private(set) var task: AttackTask
  /// One point for each of them.
  var points: Tensor<Float>

  private var rows: [Int]
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
  /// - Returns: The rows of `companion` that belong to the others.
  mutating func retire(where isDone: [Bool], carrying companion: Tensor<Float>) -> Tensor<Float> {
    guard isDone.contains(true) else { return companion }
    let done = isDone.indices.filter { isDone[$0] }
    let open = isDone.indices.filter { !isDone[$0] }
    results.scatter(points.gathering(done), to: done.map { rows[$0] })
    task = task.gathering(open)
    points = points.gathering(open)
    rows = open.map { rows[$0] }
    return companion.gathering(open)
  }

  /// Takes out the examples that have no query budget left for so many passes.
  mutating func retireUnaffordable(_ passes: Int, model: AttackedModel) {
    let isAffordable = model.canAfford(passes, for: task.ids)
    _ = retire(where: isAffordable.map { !$0 }, carrying: points)
  }

  /// The points of all examples of the task it began with.
  consuming func finished() -> Tensor<Float> {
    results.scatter(points, to: rows)
    return results
  }
}

/// The best point of each example over several runs: the first adversarial one, or else the one with the largest loss. A
/// point where the logits are not finite counts as a larger loss than all: the model fails there.
struct StrongestPoints {
  private(set) var points: Tensor<Float>
  private var losses: [Float]
  private var broken: [Bool]

  /// No run yet.
  init(_ images: Tensor<Float>) {
    points = images
    losses = Array(repeating: -.infinity, count: images.exampleCount)
    broken = Array(repeating: false, count: images.exampleCount)
  }

  /// The examples that no run has broken.
  var unbroken: [Int] { broken.indices.filter { !broken[$0] } }

  /// Enters the points of a run over the examples at `rows`; the goal is theirs.
  mutating func enter(_ candidates: Tensor<Float>, logits: Tensor<Float>, loss: Loss, goal: Goal, rows: [Int]) {
    let isPredicted = predictions(of: logits).map { $0 != nil }
    let values = zip(goal.objective(loss, of: logits, rows: 0..<rows.count).values, isPredicted).map {
      $1 ? $0 : .infinity
    }
    let reached = goal.isReached(by: logits)
    let better = rows.indices.filter { index in
      !broken[rows[index]] && (reached[index] || values[index] > losses[rows[index]])
    }
    points.scatter(candidates.gathering(better), to: better.map { rows[$0] })
    for index in better {
      losses[rows[index]] = values[index]
      broken[rows[index]] = reached[index]
    }
  }
}
