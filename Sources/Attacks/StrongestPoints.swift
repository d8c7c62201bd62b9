import Networks

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

  /// Enters the points of a run over the examples at `rows`; the goal is theirs, and reached as the logits say where
  /// nothing else is known.
  mutating func enter(
    _ candidates: Tensor<Float>, logits: Tensor<Float>, loss: Loss, goal: Goal, reached: [Bool]? = nil, rows: [Int]
  ) {
    let isPredicted = predictions(of: logits).map { $0 != nil }
    let values = zip(goal.objective(loss, of: logits, rows: 0..<rows.count).values, isPredicted).map {
      $1 ? $0 : .infinity
    }
    enter(candidates, values: values, isBroken: reached ?? goal.isReached(by: logits), rows: rows)
  }

  /// Enters the points of examples at work; `rows` are those of the examples that they began with.
  mutating func enter(
    _ active: ActivePoints, of rows: [Int], logits: Tensor<Float>, loss: Loss, reached: [Bool]? = nil
  ) {
    enter(
      active.points, logits: logits, loss: loss, goal: active.task.goal, reached: reached,
      rows: active.rows.map { rows[$0] })
  }

  /// Enters the points of a run whose loss and success are known.
  mutating func enter(_ candidates: Tensor<Float>, values: [Float], isBroken reached: [Bool], rows: [Int]) {
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

extension AttackTask {
  /// The strongest of several points of each example that are drawn without a look at the model. A broken example is done.
  ///
  /// - Parameters:
  ///   - draws: The number of points.
  ///   - loss: What ranks points none of which is adversarial.
  ///   - model: The model.
  ///   - draw: The points of a number, for some of the examples.
  /// - Returns: A point for each example.
  /// - Throws: What the model throws.
  func strongest(
    ofDraws draws: Int, loss: Loss, model: QueriedModel, draw: (_ part: AttackTask, _ number: Int) -> Tensor<Float>
  ) throws -> Tensor<Float> {
    var best = StrongestPoints(images)
    for number in 0..<draws {
      let open = affordable(best.unbroken, by: model)
      guard !open.isEmpty else { break }
      let part = gathering(open)
      let points = draw(part, number)
      let logits = try part.logits(of: points, model: model)
      best.enter(points, logits: logits, loss: loss, goal: part.goal, rows: open)
    }
    return best.points
  }

  /// The strongest point of each example over several runs. With early stopping, examples that a run has broken are left
  /// out of those that follow; examples that have spent their query budget always are.
  ///
  /// - Parameters:
  ///   - restarts: The number of runs; a single one is not looked at again.
  ///   - earlyStop: Whether a broken example is done.
  ///   - loss: What ranks points none of which is adversarial.
  ///   - model: The model.
  ///   - run: The run of a number, over some of the examples.
  /// - Returns: A point for each example.
  /// - Throws: What the model throws.
  func strongest(
    of restarts: Int, earlyStop: Bool, loss: Loss, model: AttackedModel,
    run: (_ part: AttackTask, _ restart: Int) throws -> Tensor<Float>
  ) throws -> Tensor<Float> {
    var best = StrongestPoints(images)
    for restart in 0..<max(1, restarts) {
      let open = affordable(earlyStop ? best.unbroken : Array(ids.indices), by: model.queried)
      guard !open.isEmpty else { break }
      let part = gathering(open)
      let points = try run(part, restart)
      guard restarts > 1 else { return points }
      let logits = try part.logits(of: points, model: model.queried)
      best.enter(points, logits: logits, loss: loss, goal: part.goal, rows: open)
    }
    return best.points
  }
}
