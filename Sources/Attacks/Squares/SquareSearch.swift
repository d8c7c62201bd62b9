import Networks

extension AttackTask {
  /// One search by squares with the moves of the norm, which enters the best point of each example.
  ///
  /// - Parameters:
  ///   - rows: The examples.
  ///   - start: Where each begins, in ball and box; nil for where the moves do.
  ///   - restart: The number of the search, by which its random numbers are known.
  ///   - turns: How many candidates are tried after the starting point.
  ///   - loss: What is increased, towards the goal.
  ///   - schedule: How the squares shrink.
  ///   - results: The best points so far.
  ///   - model: The model.
  /// - Throws: What the model throws.
  func searchBySquares(
    _ rows: [Int], from start: Tensor<Float>? = nil, restart: Int, turns: Int, loss: Loss, schedule: SquareSchedule,
    into results: inout StrongestPoints, model: QueriedModel
  ) throws {
    func search<Moves: SquareMoves>(_: Moves.Type) throws {
      var search = SquareSearch<Moves>(
        gathering(rows), rows: rows, start: start, restart: restart, turns: turns, loss: loss,
        classes: model.classCount, schedule: schedule)
      try search.run(&results, model: model)
    }
    switch threat.norm {
    case .linf: try search(SquareCorners.self)
    case .l2, .l1, .l0: try search(SquareWindows.self)
    }
  }
}

/// One run of a search by squares: every example keeps its best point, and shows the model one candidate at a time.
///
/// Each example has turns of its own. A turn whose candidate is the best point itself needs no look: such turns pass
/// until there is something to see, so that every query counts and batches stay full. An example leaves when the goal is
/// reached, when its turns are over, or when its query budget is spent.
struct SquareSearch<Moves: SquareMoves> {
  private var task: AttackTask
  private let loss: Loss
  private let turns: Int
  private let restart: Int
  private var moves: Moves

  /// Of each example at work: its row in the whole task, its next turn, the loss and the logits of its best point.
  private var rows: [Int]
  private var nextTurns: [Int]
  private var losses: [Float]
  private var logits: Tensor<Float>
  private var best: Tensor<Float>
  /// The best points, but for what a candidate changes while it is shown.
  private var candidates: Tensor<Float>

  /// A run over some examples, at their images.
  ///
  /// - Parameters:
  ///   - task: The examples.
  ///   - rows: The row of each in the whole task.
  ///   - start: Where they begin, in ball and box; nil for where the moves do.
  ///   - restart: The number of the run.
  ///   - turns: How many candidates are tried after the starting point.
  ///   - loss: What is increased, towards the goal.
  ///   - classes: How many the model has.
  ///   - schedule: How the squares shrink.
  init(
    _ task: AttackTask, rows: [Int], start: Tensor<Float>? = nil, restart: Int, turns: Int, loss: Loss, classes: Int,
    schedule: SquareSchedule
  ) {
    (self.task, self.rows, self.restart, self.turns, self.loss) = (task, rows, restart, turns, loss)
    moves = Moves(task, schedule: schedule)
    nextTurns = Array(repeating: 0, count: task.count)
    losses = Array(repeating: -.infinity, count: task.count)
    logits = Tensor(shape: [task.count, classes])
    candidates = start ?? task.images
    best = candidates
    if start == nil { drawStart() }
  }

  /// Searches, and enters the best point of each example.
  mutating func run(_ results: inout StrongestPoints, model: QueriedModel) throws {
    try begin(&results, model: model)
    while !rows.isEmpty {
      leave(where: proposals().map { !$0 }, &results)
      leave(where: spent(model), &results)
      guard !rows.isEmpty else { return }
      moves.confine(&candidates)
      let reached = judge(try task.logits(of: candidates, model: model))
      leave(where: reached, &results)
    }
  }

  private mutating func begin(_ results: inout StrongestPoints, model: QueriedModel) throws {
    logits = try task.logits(of: candidates, model: model)
    let values = values(logits)
    // Where the loss is not finite any finite one is better to go on from.
    losses = values.map { $0.isFinite ? $0 : -.infinity }
    leave(where: task.goal.isReached(by: logits), &results)
  }

  private mutating func drawStart() {
    let size = task.images.exampleSize
    withCandidates { search, points in
      for (row, id) in search.task.ids.enumerated() {
        var stream = search.task.random.stream(.search, example: id, step: 0, lane: 2 * search.restart)
        search.moves.begin(row, UnsafeMutableBufferPointer(rebasing: points[row * size..<(row + 1) * size]), &stream)
      }
    }
    moves.confine(&candidates)
    best = candidates
  }

  private func values(_ logits: Tensor<Float>) -> [Float] {
    task.goal.objective(loss, of: logits, rows: 0..<task.count).values
  }

  /// Writes the next candidate of each example that is another point than its best.
  ///
  /// - Returns: Whether there is one before the turns are over.
  private mutating func proposals() -> [Bool] {
    let size = task.images.exampleSize
    return withCandidates { search, candidates in
      search.rows.indices.map { row in
        let range = row * size..<(row + 1) * size
        return search.propose(row, range, to: UnsafeMutableBufferPointer(rebasing: candidates[range]))
      }
    }
  }

  /// Lends the candidates to what changes the rest of the search too.
  private mutating func withCandidates<Result>(
    _ body: (inout Self, UnsafeMutableBufferPointer<Float>) -> Result
  ) -> Result {
    var points = Tensor<Float>(shape: [0])
    swap(&points, &candidates)
    defer { swap(&points, &candidates) }
    return points.withUnsafeMutableScalars { body(&self, $0) }
  }

  private mutating func propose(
    _ row: Int, _ range: Range<Int>, to candidate: UnsafeMutableBufferPointer<Float>
  ) -> Bool {
    let (source, id) = (task.random, task.ids[row])
    return best.withUnsafeScalars { best in
      while nextTurns[row] < turns {
        let turn = nextTurns[row]
        nextTurns[row] += 1
        var stream = source.stream(.search, example: id, step: turn, lane: 2 * restart + 1)
        let best = UnsafeBufferPointer(rebasing: best[range])
        if moves.propose(row, turn: turn, best: best, to: candidate, &stream) { return true }
      }
      return false
    }
  }

  private func spent(_ model: QueriedModel) -> [Bool] {
    guard model.hasQueryBudget else { return [] }
    return model.canAfford(1, for: task.ids).map { !$0 }
  }

  /// Takes over the candidates that reach the goal or have a larger loss; the others become the best points again.
  ///
  /// - Returns: Which of them reach the goal.
  private mutating func judge(_ found: Tensor<Float>) -> [Bool] {
    let (reached, values) = (task.goal.isReached(by: found), values(found))
    let (size, classes) = (task.images.exampleSize, found.exampleSize)
    best.withUnsafeMutableScalars { best in
      candidates.withUnsafeMutableScalars { candidates in
        for row in rows.indices {
          let own = UnsafeMutableBufferPointer(rebasing: best[row * size..<(row + 1) * size])
          let candidate = UnsafeMutableBufferPointer(rebasing: candidates[row * size..<(row + 1) * size])
          if reached[row] || (values[row] > losses[row] && values[row].isFinite) {
            moves.copy(row, from: UnsafeBufferPointer(candidate), to: own)
          } else {
            moves.copy(row, from: UnsafeBufferPointer(own), to: candidate)
          }
        }
      }
    }
    logits.withUnsafeMutableScalars { logits in
      found.withUnsafeScalars { found in
        for row in rows.indices where reached[row] || (values[row] > losses[row] && values[row].isFinite) {
          losses[row] = values[row]
          for index in row * classes..<(row + 1) * classes { logits[index] = found[index] }
        }
      }
    }
    return reached
  }

  /// Enters examples that are done, and keeps the others.
  private mutating func leave(where isDone: [Bool], _ results: inout StrongestPoints) {
    let done = isDone.indices.filter { isDone[$0] }
    guard !done.isEmpty else { return }
    results.enter(
      best.gathering(done), logits: logits.gathering(done), loss: loss, goal: task.goal[done],
      rows: done.map { rows[$0] })
    let open = rows.indices.filter { !isDone[$0] }
    task = task.gathering(open)
    moves.keep(open)
    (best, candidates) = (best.gathering(open), candidates.gathering(open))
    (rows, nextTurns) = (open.map { rows[$0] }, open.map { nextTurns[$0] })
    (losses, logits) = (open.map { losses[$0] }, logits.gathering(open))
  }
}
