public import Hyperparameters
public import Networks

/// Projected ascent along a gradient that is learnt on the way, as a bandit does, and is one for each tile of pixels:
///
///     g = (L(x + δ q₊/‖q₊‖) − L(x + δ q₋/‖q₋‖)) / δη · u,  q± = tiles(v ± u),  u = η/√d · normal
///     v ← A(v, g);  x ← P(x + α · step(tiles(v)))
///
/// Ilyas, Engstrom and Madry, *Prior convictions: black-box adversarial attacks with bandits and priors*,
/// arXiv 1807.07978. A is exponentiated gradient ascent in L∞, where v stays within (−1, 1), and plain ascent in L2. In L∞
/// it is done in the variable atanh v: v itself, as in the authors' code, rounds to ±1 and never comes back.
///
/// | default | L∞ | L2 |
/// |---|---|---|
/// | `step-size` α | ε/5 | ε/10 |
/// | `learning-rate` | 100 | 0.1 |
/// | `exploration` η | 1 | 0.01 |
/// | `delta` δ | 0.1 | 0.01 |
///
/// These are the authors', for ImageNet at ε = 0.05 and 5. Their prior has 50 × 50 entries for 299 × 299 pixels, tiles of
/// 6 pixels; by default the side of a tile here is a third of the root of the image's shorter side, which gives 6 there, 2 for
/// MNIST and CIFAR and 1 for 8 × 8 digits. Feature vectors have no tiles.
///
/// A step takes two queries for g and one that looks at the point, which the authors do not count; an example leaves with
/// the first that is adversarial.
public struct BanditAttack: BlackBoxAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "bandits", title: "Bandits", summary: "Projected ascent along a gradient of tiles, learnt on the way.",
    citation: "Ilyas, Engstrom and Madry, arXiv 1807.07978")
  /// Those of the paper.
  public static let norms: [Norm] = [.linf, .l2]

  /// The queries for each example at most.
  public var queries = 10_000
  /// The size of a step of the point.
  public var stepSize: Float?
  /// The size of a step of the gradient.
  public var learningRate: Float?
  /// How far the gradients that are tried are from the one that is held.
  public var exploration: Float?
  /// How far the points that are tried are from the middle.
  public var delta: Float?
  /// The side of the squares of pixels that have one gradient.
  public var tileSize: Int?
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<BanditAttack>] = [
    .integer("queries", \.queries, in: 3...1_000_000_000, "Queries for each example at most."),
    .number(
      "step-size", \.stepSize, .above(0), unit: "pixels", standard: "eps/5; l2: eps/10", "The length of a step."),
    .number(
      "learning-rate", \.learningRate, .above(0), standard: "100; l2: 0.1", "The step size of the learnt gradient."),
    .number(
      "exploration", \.exploration, .above(0), standard: "1; l2: 0.01",
      "How far from the learnt gradient others are tried."),
    .number(
      "delta", \.delta, .above(0), unit: "pixels", standard: "0.1; l2: 0.01",
      "How far the points of a pair are from the middle."),
    .integer(
      "tile-size", \.tileSize, in: 1...1_000_000, unit: "pixels", standard: "1 to 6, by the image",
      "The side of the squares that share a gradient."),
    .loss(\.loss),
  ]

  /// The title, with a loss that is not cross-entropy.
  public var title: String { title(with: loss) }

  /// What the differences are of.
  public var ascendedLoss: Loss? { loss }

  /// The queries.
  public var passesPerExample: Double { Double(queries) }

  /// 10,000 queries.
  public init() {}

  /// Creates an attack.
  public init(
    queries: Int, stepSize: Float? = nil, learningRate: Float? = nil, exploration: Float? = nil, delta: Float? = nil,
    tileSize: Int? = nil, loss: Loss = BanditAttack().loss
  ) {
    self.queries = queries
    self.stepSize = stepSize
    self.learningRate = learningRate
    self.exploration = exploration
    self.delta = delta
    self.tileSize = tileSize
    self.loss = loss
  }

  /// The values that the norm decides filled in; no step size in a ball without extent.
  public func resolved(for threat: ThreatModel) -> BanditAttack {
    var attack = self
    let isMaximum = threat.norm == .linf
    if threat.radius > 0 { attack.stepSize = stepSize ?? threat.radius / (isMaximum ? 5 : 10) }
    attack.learningRate = learningRate ?? (isMaximum ? 100 : 0.1)
    attack.exploration = exploration ?? (isMaximum ? 1 : 0.01)
    attack.delta = delta ?? (isMaximum ? 0.1 : 0.01)
    return attack
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: QueriedModel) throws -> Tensor<Float> {
    let resolved = resolved(for: task.threat)
    guard let stepSize = resolved.stepSize, let rate = resolved.learningRate, let exploration = resolved.exploration,
      let delta = resolved.delta, task.threat.radius > 0
    else { return task.images }
    let tiles = Tiles(of: task.images.shape.example, side: tileSize)
    var active = ActivePoints(task, points: task.images)
    var prior = GradientPrior(
      count: task.count, tiles: tiles, rate: Double(rate), exploration: Double(exploration), delta: Double(delta),
      isBounded: task.threat.norm == .linf)
    for step in 0..<queries / 3 {
      if let open = active.retireUnaffordable(3, model: model) { prior = prior.gathering(open) }
      guard !active.isEmpty else { break }
      let noise = prior.noise(for: active.task, step: step)
      let pairs = prior.pairs(around: active.points, noise)
      prior.learn(try active.task.samples(of: pairs, each: 2, loss: loss, model: model).losses, noise)
      task.threat.ascend(
        &active.points, along: prior.gradient(shape: active.points.shape), stepSize: stepSize,
        around: active.task.images)
      let seen = try active.task.samples(of: active.points, loss: loss, model: model)
      if let open = active.retire(where: seen.isReached) { prior = prior.gathering(open) }
    }
    return active.finished()
  }
}
