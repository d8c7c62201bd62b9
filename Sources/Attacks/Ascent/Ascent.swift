package import Networks

/// The examples of a task on their way up: where each is, its gradient, and the best point it has seen.
///
/// What APGD, ACG and ReACG have in common. How a step is made, and when its size falls, is the matter of an
/// `AscentRule`.
struct Ascent {
  /// How an ascent is made, whatever its rule.
  struct Settings {
    /// The number of steps.
    var steps: Int
    /// The number of gradients averaged.
    var eot = 1
    /// Whether a broken example is done.
    var earlyStop = true
    /// Whether its points count. In a ball larger than that of the task they do not.
    var judges = true
  }

  /// The points of a run, one for each example.
  struct Result {
    /// The first adversarial point, the last one without early stopping, or else the best.
    var points: Tensor<Float>
    /// Whether it is adversarial.
    var isBroken: [Bool]
    /// What ranks it among the results of other runs.
    var ranks: [Float]
  }

  private let settings: Settings
  private let model: AttackedModel
  private(set) var active: ActivePoints
  private(set) var memory: AscentMemory
  private var result: Result

  private init(_ task: AttackTask, _ settings: Settings, memory: AscentMemory, model: AttackedModel) {
    (self.settings, self.model, self.memory) = (settings, model, memory)
    active = ActivePoints(task, points: memory.bestPoints)
    result = Result(
      points: memory.bestPoints, isBroken: task.ids.map { _ in false },
      ranks: Array(repeating: -.infinity, count: task.count))
  }

  /// Runs an ascent.
  ///
  /// - Parameters:
  ///   - task: The examples.
  ///   - start: Where each begins, in ball and box.
  ///   - objective: What is increased.
  ///   - settings: For how long, and on what terms.
  ///   - rule: How a step is made.
  ///   - model: The model.
  ///   - onLook: Sees the examples after every look at the points of a step, the first time at the start.
  /// - Returns: A point for each example.
  /// - Throws: What the model throws.
  static func run(
    _ task: AttackTask, from start: Tensor<Float>, objective: AscentObjective, settings: Settings,
    rule: some AscentRule, model: AttackedModel, onLook: (AscentLook) -> Void = { _ in }
  ) throws -> Result {
    var rule = rule
    var ascent = Ascent(task, settings, memory: AscentMemory(at: start, objective: objective), model: model)
    if let open = ascent.retireUnaffordable() { rule.keep(open) }
    guard !ascent.active.isEmpty else { return ascent.finished() }
    if let open = try ascent.look(isLast: settings.steps == 0) { rule.keep(open) }
    ascent.memory.enterBest(ascent.active.points)
    rule.begin(ascent)
    onLook(AscentLook(ascent, rule))
    for step in 0..<max(0, settings.steps) {
      if let open = ascent.retireUnaffordable() { rule.keep(open) }
      guard !ascent.active.isEmpty else { break }
      ascent.active.points = rule.moved(ascent, isFirst: step == 0)
      if let open = try ascent.look(isLast: step == settings.steps - 1) { rule.keep(open) }
      let improved = ascent.memory.enterBest(ascent.active.points)
      rule.improved(improved, ascent)
      onLook(AscentLook(ascent, rule))
      ascent.restart(&rule)
    }
    return ascent.finished()
  }

  /// The logits at the points, and what follows from them. The last look needs no gradient.
  ///
  /// - Returns: Of the examples those that are still at work; nil where all of them are.
  private mutating func look(isLast: Bool) throws -> [Int]? {
    let task = active.task
    var logits = Tensor<Float>(shape: [0, model.classCount])
    if isLast {
      logits = try task.logits(of: active.points, model: model.queried)
      memory.values = memory.objective(logits, goal: task.goal, rows: 0..<task.count).values
    } else {
      try takeGradients(&logits)
    }
    memory.ranks = memory.objective.ranks(of: logits, values: memory.values, goal: task.goal)
    guard settings.judges else { return nil }
    let reached = task.goal.isReached(by: logits)
    let broken = isLast ? reached : try task.confirmed(reached, at: active.points, model: model)
    return enterBroken(broken)
  }

  /// The gradient at the points, averaged over several passes. Values and logits are those of the last.
  private mutating func takeGradients(_ logits: inout Tensor<Float>) throws {
    let (task, objective) = (active.task, memory.objective)
    var values = [Float](repeating: .nan, count: task.count)
    var sum: Tensor<Float>?
    for _ in 0..<max(1, settings.eot) {
      let pass = try model.pullback(at: active.points, for: task.ids) { logits, rows in
        let (some, gradient) = objective(logits, goal: task.goal, rows: rows)
        values.replaceSubrange(rows, with: some)
        return gradient
      }
      logits = pass.logits
      sum = sum.map { $0.adding(pass.gradient) } ?? pass.gradient
    }
    memory.values = values
    // Nothing that follows depends on the length of a gradient, so the sum is as good as the mean.
    memory.gradient = sum ?? memory.gradient
  }

  private mutating func enterBroken(_ broken: [Bool]) -> [Int]? {
    guard broken.contains(true) else { return nil }
    for row in broken.indices where broken[row] {
      result.isBroken[active.rows[row]] = true
      result.ranks[active.rows[row]] = memory.ranks[row]
    }
    guard settings.earlyStop else {
      let rows = broken.indices.filter { broken[$0] }
      result.points.scatter(active.points.gathering(rows), to: rows.map { active.rows[$0] })
      return nil
    }
    let open = active.retire(where: broken)
    if let open { memory.keep(open) }
    return open
  }

  /// Those that may not be looked at again end with the best point they have.
  private mutating func retireUnaffordable() -> [Int]? {
    guard model.queried.hasQueryBudget else { return nil }
    let passes = settings.eot + (model.pullbackLogitsAreExact ? 0 : 1)
    let isSpent = model.queried.canAfford(passes, for: active.task.ids).map { !$0 }
    settle(isSpent.indices.filter { isSpent[$0] })
    let open = active.retire(where: isSpent)
    if let open { memory.keep(open) }
    return open
  }

  private mutating func restart(_ rule: inout some AscentRule) {
    guard !active.isEmpty else { return }
    let rows = rule.stalled(self)
    guard !rows.isEmpty else { return }
    active.points.scatter(memory.bestPoints.gathering(rows), to: rows)
    memory.gradient.scatter(memory.bestGradient.gathering(rows), to: rows)
    rule.restarted(rows)
  }

  /// The points that the examples at `rows` are to end with.
  private mutating func settle(_ rows: [Int]) {
    let standing = rows.filter { !result.isBroken[active.rows[$0]] }
    active.points.scatter(memory.bestPoints.gathering(standing), to: standing)
    for row in standing { result.ranks[active.rows[row]] = memory.bestRanks[row] }
    let broken = rows.filter { result.isBroken[active.rows[$0]] }
    active.points.scatter(result.points.gathering(broken.map { active.rows[$0] }), to: broken)
  }

  private consuming func finished() -> Result {
    settle(Array(active.rows.indices))
    result.points = active.finished()
    return result
  }
}

/// Where the examples at work are after a step.
package struct AscentLook {
  /// The points.
  package let points: Tensor<Float>
  /// The value of the objective there.
  package let values: [Float]
  /// The sizes of the steps that led there.
  package let stepSizes: [Float]

  fileprivate init(_ ascent: Ascent, _ rule: some AscentRule) {
    (points, values, stepSizes) = (ascent.active.points, ascent.memory.values, rule.stepSizes)
  }
}

/// What an ascent remembers of each example that is still at work.
struct AscentMemory {
  fileprivate(set) var objective: AscentObjective
  /// The gradient at the points now.
  fileprivate(set) var gradient: Tensor<Float>
  /// The values there.
  fileprivate(set) var values: [Float]
  fileprivate var ranks: [Float]
  /// The points with the largest value, the gradient there and the value.
  private(set) var bestPoints: Tensor<Float>
  private(set) var bestGradient: Tensor<Float>
  private(set) var bestValues: [Float]
  fileprivate var bestRanks: [Float]

  fileprivate init(at start: Tensor<Float>, objective: AscentObjective) {
    self.objective = objective
    (bestPoints, gradient) = (start, Tensor(shape: start.shape))
    bestGradient = gradient
    bestValues = Array(repeating: -.infinity, count: start.exampleCount)
    (values, ranks, bestRanks) = (bestValues, bestValues, bestValues)
  }

  fileprivate mutating func keep(_ open: [Int]) {
    objective = objective.gathering(open)
    gradient = gradient.gathering(open)
    bestPoints = bestPoints.gathering(open)
    bestGradient = bestGradient.gathering(open)
    values = open.map { values[$0] }
    ranks = open.map { ranks[$0] }
    bestValues = open.map { bestValues[$0] }
    bestRanks = open.map { bestRanks[$0] }
  }

  /// Enters the points now where their value is larger than those before.
  ///
  /// - Returns: The rows of which that is so.
  @discardableResult
  fileprivate mutating func enterBest(_ points: Tensor<Float>) -> [Int] {
    let rows = values.indices.filter { values[$0] > bestValues[$0] }
    bestPoints.scatter(points.gathering(rows), to: rows)
    bestGradient.scatter(gradient.gathering(rows), to: rows)
    for row in rows { (bestValues[row], bestRanks[row]) = (values[row], ranks[row]) }
    return rows
  }
}
