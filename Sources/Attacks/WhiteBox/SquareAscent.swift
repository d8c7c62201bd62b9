import Glibc
public import Hyperparameters
public import Networks

/// Random search by squares and ascent along the gradient in turn, each from where the other ended:
///
///     `queries` turns of the Square attack on the margin, its schedule stretched over twice as many
///     `steps` steps of ascent on the margin, of size ε/4 · (1 + cos(π k / K))
///
/// and that `rounds` times. The search crosses regions where the gradient is zero or points astray, as behind masked
/// gradients; the ascent does the fine work for which Square spends most of its queries. A round goes on from the best
/// point of the last one.
///
/// No publication has it; the search is that of Andriushchenko, Croce, Flammarion and Hein, arXiv 1912.00049, and the
/// idea of an ascent from points of a search in Suya, Chi, Evans and Tian, *Hybrid batch attacks*, arXiv 1908.07000. An
/// example that is not broken keeps its point with the largest margin. The radius is in stored pixel units.
public struct SquareAscent: Attack {
  /// Name, title and source.
  public static let method = Method(
    name: "square-ascent", title: "Square and ascent",
    summary: "Random search by squares and steps along the gradient in turn.",
    citation: "search: Andriushchenko, Croce, Flammarion and Hein, arXiv 1912.00049")
  /// Those of the Square attack.
  public static let norms = SquareAttack.norms

  /// The number of rounds.
  public var rounds = 2
  /// The squares tried in a round.
  public var queries = 380
  /// The steps of a round.
  public var steps = 15

  /// All of them.
  public static let hyperparameters: [Hyperparameter<SquareAscent>] = [
    .integer("rounds", \.rounds, in: 1...1_000_000, "Searches, each followed by an ascent."),
    .integer("queries", \.queries, in: 1...1_000_000_000, "Squares tried in a round, after its first point."),
    .integer("steps", \.steps, in: 1...1_000_000, "Steps along the gradient at the end of a round."),
  ]

  /// The margin.
  public var ascendedLoss: Loss? { .margin }

  /// The queries of a round and their first point, a gradient for each step, and a look at the last point.
  public var passesPerExample: Double { Double(rounds) * (Double(queries) + 2 * Double(steps) + 2) }

  /// Two rounds.
  public init() {}

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    guard task.threat.radius > 0 else { return task.images }
    var best = StrongestPoints(task.images)
    let schedule = SquareSchedule(initialShare: Double(SquareAttack().initialShare), stretchedOver: 2 * queries)
    for round in 0..<rounds {
      let open = task.affordable(best.unbroken, by: model.queried)
      guard !open.isEmpty else { break }
      try task.searchBySquares(
        open, from: round == 0 ? nil : best.points.gathering(open), restart: round, turns: queries, loss: .margin,
        schedule: schedule, into: &best, model: model.queried)
      try ascend(task, &best, model: model)
    }
    return best.points
  }

  /// Ascends from the best points, and enters those that are better.
  private func ascend(_ task: AttackTask, _ best: inout StrongestPoints, model: AttackedModel) throws {
    let rows = task.affordable(best.unbroken, by: model.queried)
    var active = ActivePoints(task.gathering(rows), points: best.points.gathering(rows))
    for step in 0..<steps {
      // A look at the last point is to be left, too.
      active.retireUnaffordable(model.pullbackLogitsAreExact ? 2 : 3, model: model.queried)
      guard !active.isEmpty else { return }
      let goal = active.task.goal
      var (logits, gradient) = try model.pullback(at: active.points, for: active.task.ids) {
        goal.objective(.margin, of: $0, rows: $1).gradient
      }
      let reached = try active.task.confirmed(goal.isReached(by: logits), at: active.points, model: model)
      best.enter(active, of: rows, logits: logits, loss: .margin, reached: reached)
      if let open = active.retire(where: reached) { gradient = gradient.gathering(open) }
      let size = task.threat.radius / 4 * (1 + Float(cos(Double.pi * Double(step) / Double(steps))))
      task.threat.ascend(&active.points, along: gradient, stepSize: size, around: active.task.images)
    }
    guard !active.isEmpty else { return }
    let logits = try active.task.logits(of: active.points, model: model.queried)
    best.enter(active, of: rows, logits: logits, loss: .margin)
  }
}
