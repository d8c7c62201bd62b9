import Networks

/// The attack of Carlini and Wagner in L2: `c · hinge + ‖x' − x‖²`, with c from a binary search.
struct CarliniWagnerL2 {
  let steps: Int
  let binarySearchSteps: Int
  let learningRate: Float
  let initialConst: Float
  let confidence: Float
  let abortEarly: Bool

  /// The nearest points found.
  func nearest(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    var nearest = NearestPoints(task)
    var descent = TanhDescent(task)
    var trials = task.ids.map { _ in Trial(self) }
    while !descent.isEmpty {
      if let open = descent.retireUnaffordable(model) { trials = open.map { trials[$0] } }
      guard !descent.isEmpty else { break }
      let look = try descent.look(
        constants: trials.map(\.search.constant), confidence: confidence, penalty: .squares, model: model)
      nearest.enter(look.pixels, where: look.isReached, rows: descent.rows)
      descent.descend(look, learningRate: learningRate)
      var isDone = look.isStuck
      for row in trials.indices where !isDone[row] {
        guard trials[row].endsRound(look.losses[row], isReached: look.isReached[row], of: self) else { continue }
        isDone[row] = !trials[row].advance()
        descent.restart(row)
      }
      if let open = descent.retire(where: isDone) { trials = open.map { trials[$0] } }
    }
    return nearest.points
  }

  /// Where an example is in its search.
  private struct Trial {
    var search: ConstantSearch
    private var progress: ProgressCheck
    private var step = 0
    private var isFound = false

    init(_ attack: CarliniWagnerL2) {
      search = ConstantSearch(initial: attack.initialConst, rounds: attack.binarySearchSteps)
      progress = ProgressCheck(steps: attack.steps, first: CarliniWagner.firstCheck(attack.learningRate))
    }

    mutating func endsRound(_ loss: Float, isReached: Bool, of attack: CarliniWagnerL2) -> Bool {
      isFound = isFound || isReached
      let isStalled = attack.abortEarly && progress.hasStalled(step: step, loss: loss)
      step += 1
      return isStalled || step >= attack.steps
    }

    /// - Returns: Whether there is another round.
    mutating func advance() -> Bool {
      defer { (step, isFound) = (0, false) }
      progress.restart()
      return search.advance(found: isFound)
    }
  }
}
