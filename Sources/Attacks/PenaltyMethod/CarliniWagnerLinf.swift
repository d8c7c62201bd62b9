import Networks

/// The attack of Carlini and Wagner in L∞: `c · hinge + Σ max(0, |x' − x| − τ)`.
///
/// An adversarial point makes τ 0.9 times what it is or, if that is less, what the point needs; the descent goes on from
/// there. Steps without one double c. The end is a τ below 1/256 of the range, or a c beyond 20.
struct CarliniWagnerLinf {
  let steps: Int
  let learningRate: Float
  let initialConst: Float
  let confidence: Float
  let abortEarly: Bool

  private static let largestConst: Float = 20
  private static let smallestShare: Float = 1 / 256

  /// The nearest points found.
  func nearest(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    var nearest = NearestPoints(task)
    var descent = TanhDescent(task)
    let range = Float(task.threat.bounds.widest)
    var trials = task.ids.map { _ in Trial(self, threshold: range) }
    while !descent.isEmpty {
      if let open = descent.retireUnaffordable(model) { trials = open.map { trials[$0] } }
      guard !descent.isEmpty else { break }
      let look = try descent.look(
        constants: trials.map(\.constant), confidence: confidence, penalty: .excess(over: trials.map(\.threshold)),
        model: model)
      let isNearer = nearest.enter(look.pixels, where: look.isReached, rows: descent.rows)
      descent.descend(look, learningRate: learningRate)
      var isDone = look.isStuck
      for row in trials.indices where !isDone[row] {
        trials[row].isFound = trials[row].isFound || isNearer[row]
        guard trials[row].endsRound(look.losses[row], of: self) else { continue }
        trials[row].advance(nearest: nearest.distances[descent.rows[row]])
        isDone[row] =
          trials[row].constant >= Self.largestConst || trials[row].threshold <= Self.smallestShare * range
        descent.restart(row, here: true)
      }
      if let open = descent.retire(where: isDone) { trials = open.map { trials[$0] } }
    }
    return nearest.points
  }

  /// Where an example is in its search.
  private struct Trial {
    private(set) var constant: Float
    private(set) var threshold: Float
    var isFound = false
    private var progress: ProgressCheck
    private var step = 0

    init(_ attack: CarliniWagnerLinf, threshold: Float) {
      constant = attack.initialConst
      self.threshold = threshold
      progress = ProgressCheck(steps: attack.steps, first: CarliniWagner.firstCheck(attack.learningRate))
    }

    mutating func endsRound(_ loss: Float, of attack: CarliniWagnerLinf) -> Bool {
      let isStalled = attack.abortEarly && progress.hasStalled(step: step, loss: loss)
      step += 1
      // Nothing is left to gain at this threshold.
      let isSolved = isFound && loss < 1e-4 * constant
      return isSolved || isStalled || step >= attack.steps
    }

    mutating func advance(nearest: Float) {
      if isFound { threshold = 0.9 * min(threshold, nearest) } else { constant *= 2 }
      (step, isFound) = (0, false)
      progress.restart()
    }
  }
}
