public import Hyperparameters
public import Networks

/// Random search by squares: a change that makes the loss larger is kept.
///
///     x' = x with a square moved to an end of the ball, or a window's change moved to another window
///     x ← x'  if the loss grows or the goal is reached
///
/// Andriushchenko, Croce, Flammarion and Hein, *Square Attack: a query-efficient black-box adversarial attack via random
/// search*, arXiv 1912.00049; moves and schedule as in fra31/auto-attack, L1 too, which the paper does not have. The
/// squares begin with a share `p-init` of the pixels, which is halved after 10, 50, 200, 500, 1,000, 2,000, 4,000, 6,000
/// and 8,000 turns. The class of the reference stretches that over its queries unless it is told otherwise; AutoAttack
/// does not, and neither does this attack unless `rescale-schedule` is set. torchattacks and ART stretch it.
///
/// Squares and signs are drawn for each example by itself; the reference draws one square for a whole batch, so that
/// results depend on the batch. A turn that would change nothing is no query here. Non-square images, one channel and
/// feature vectors work (see `PixelGrid`), on which the reference fails in part. An example that no run breaks keeps its
/// point with the largest loss. The radius is in stored pixel units.
public struct SquareAttack: BlackBoxAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "square", title: "Square attack", summary: "Random search by squares, which shrink as it goes on.",
    citation: "Andriushchenko, Croce, Flammarion and Hein, arXiv 1912.00049")
  /// Those of the reference.
  public static let norms: [Norm] = [.linf, .l2, .l1]

  /// The squares tried for each example in a run, after the starting point.
  public var queries = 5000
  /// The share of the pixels in a square at the beginning.
  public var initialShare: Float = 0.8
  /// The number of runs; an example that one of them breaks is left out of the next.
  public var restarts = 1
  /// Whether the schedule, which is made for 10,000 queries, is stretched over those that there are.
  public var rescaleSchedule = false
  /// What is increased, or nothing for the default: the margin and, towards a target, minus the target's cross-entropy.
  public var loss: Loss?

  /// All of them.
  public static let hyperparameters: [Hyperparameter<SquareAttack>] = [
    .integer("queries", \.queries, in: 1...1_000_000_000, "Squares tried in a run, after its starting point."),
    .number("p-init", \.initialShare, .above(0, to: 1), "The share of pixels in the first squares."),
    .integer("restarts", \.restarts, in: 1...1_000_000, "Runs; the best for every example is kept."),
    .flag("rescale-schedule", \.rescaleSchedule, "Stretch the schedule of 10,000 queries over those that there are."),
    .loss(\.loss, standard: "margin; cross-entropy with targets"),
  ]

  /// The title, with a loss that was asked for.
  public var title: String { loss.map { "\(Self.method.title), \($0)" } ?? Self.method.title }

  /// The loss; without targets.
  public var ascendedLoss: Loss? { loss ?? .margin }

  /// The queries of all runs.
  public var passesPerExample: Double { Double(restarts) * Double(queries + 1) }

  /// As in AutoAttack.
  public init() {}

  /// Creates an attack.
  public init(
    queries: Int = SquareAttack().queries, initialShare: Float = SquareAttack().initialShare,
    restarts: Int = SquareAttack().restarts, rescaleSchedule: Bool = SquareAttack().rescaleSchedule, loss: Loss? = nil
  ) {
    self.queries = queries
    self.initialShare = initialShare
    self.restarts = restarts
    self.rescaleSchedule = rescaleSchedule
    self.loss = loss
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: QueriedModel) throws -> Tensor<Float> {
    // A ball without extent holds nothing to look at.
    guard task.threat.radius > 0 else { return task.images }
    var best = StrongestPoints(task.images)
    let schedule = SquareSchedule(
      initialShare: Double(initialShare), stretchedOver: rescaleSchedule ? queries : nil)
    for restart in 0..<restarts {
      let open = task.affordable(best.unbroken, by: model)
      guard !open.isEmpty else { break }
      try task.searchBySquares(
        open, restart: restart, turns: queries, loss: loss ?? (task.goal.isTargeted ? .crossEntropy : .margin),
        schedule: schedule, into: &best, model: model)
    }
    return best.points
  }
}
