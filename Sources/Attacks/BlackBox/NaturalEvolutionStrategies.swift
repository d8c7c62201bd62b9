public import Hyperparameters
public import Networks

/// Projected ascent along a gradient that is estimated from the loss on both sides along normal directions:
///
///     g = 1/n Σ (L(x + σu) − L(x − σu)) / 2σ · u,  u normal;  m ← μm + (1 − μ)g;  x ← P(x + α · step(m))
///
/// Ilyas, Engstrom, Athalye and Lin, *Black-box adversarial attacks with limited queries and information*,
/// arXiv 1804.08598. Radius, σ and step size are in stored pixel units. σ, momentum and the halving of the step are those
/// of the authors' code: where the loss is smaller than four steps before, the step is halved, down to 1/200 of the
/// first. The code stops nowhere short of 10⁶ queries, later papers allow 10,000. `directions` counts pairs.
///
/// After each step one query looks at the point itself; an example leaves with the first that is adversarial.
public struct NaturalEvolutionStrategies: BlackBoxAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "nes", title: "NES", summary: "Projected ascent along a gradient estimated from normal directions.",
    citation: "Ilyas, Engstrom, Athalye and Lin, arXiv 1804.08598")
  /// Those with a step.
  public static let norms: [Norm] = [.linf, .l2]

  /// The queries for each example at most.
  public var queries = 10_000
  /// The pairs of points of an estimate; fewer where `queries` does not allow as many.
  public var directions = 50
  /// How far the points of a pair are from the middle, for each scalar.
  public var sigma: Float = 0.001
  /// The size of the first step, or nothing for a fifth of the radius, as in the paper.
  public var stepSize: Float?
  /// The share of the mean gradient that a step keeps.
  public var momentum: Float = 0.9
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<NaturalEvolutionStrategies>] = [
    .integer("queries", \.queries, in: 3...1_000_000_000, "Queries for each example at most."),
    .integer("directions", \.directions, in: 1...1_000_000, "Pairs of points of an estimate, two queries each."),
    .number("sigma", \.sigma, .above(0), unit: "pixels", "The deviation of the points around the middle."),
    .number(
      "step-size", \.stepSize, .above(0), unit: "pixels", standard: "eps / 5",
      "The length of a step; halved where the loss stalls."),
    .number("momentum", \.momentum, .from(0, below: 1), "The share of the mean gradient that a step keeps."),
    .loss(\.loss),
  ]

  /// The title, with a loss that is not cross-entropy.
  public var title: String { title(with: loss) }

  /// What the estimates are of.
  public var ascendedLoss: Loss? { loss }

  /// The queries.
  public var passesPerExample: Double { Double(queries) }

  /// 10,000 queries, 50 pairs a step.
  public init() {}

  /// Creates an attack.
  public init(
    queries: Int, directions: Int = NaturalEvolutionStrategies().directions,
    sigma: Float = NaturalEvolutionStrategies().sigma, stepSize: Float? = nil,
    momentum: Float = NaturalEvolutionStrategies().momentum, loss: Loss = NaturalEvolutionStrategies().loss
  ) {
    self.queries = queries
    self.directions = directions
    self.sigma = sigma
    self.stepSize = stepSize
    self.momentum = momentum
    self.loss = loss
  }

  /// The step size filled in, but in a ball without extent, where there is nothing to fill in.
  public func resolved(for threat: ThreatModel) -> NaturalEvolutionStrategies {
    var attack = self
    if threat.radius > 0 { attack.stepSize = stepSize ?? threat.radius / 5 }
    return attack
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: QueriedModel) throws -> Tensor<Float> {
    guard task.threat.radius > 0 else { return task.images }
    let gradient = SampledGradient(
      direction: .normal, samples: min(directions, (queries - 1) / 2), distance: sigma, loss: loss)
    var active = ActivePoints(task, points: task.images)
    var means = Tensor<Float>(shape: task.images.shape)
    var sizes = StallingSteps(count: task.count, first: stepSize ?? task.threat.radius / 5)
    for step in 0..<queries / (gradient.queries + 1) {
      if let open = active.retireUnaffordable(gradient.queries + 1, model: model) {
        (means, sizes) = (means.gathering(open), sizes.gathering(open))
      }
      guard !active.isEmpty else { break }
      let slopes = try gradient.estimate(at: active.points, of: active.task, step: step, model: model)
      means.average(with: slopes, keeping: momentum)
      sizes.ascend(&active.points, along: means, task: active.task)
      let seen = try active.task.samples(of: active.points, loss: loss, model: model)
      sizes.enter(seen.losses)
      if let open = active.retire(where: seen.isReached) {
        (means, sizes) = (means.gathering(open), sizes.gathering(open))
      }
    }
    return active.finished()
  }
}

/// A step size for each example, halved where its loss stalls.
private struct StallingSteps {
  /// The losses that are compared: the last with the first of so many.
  private static let length = 5
  private let least: Float
  private var sizes: [Float]
  private var losses: [[Float]]

  init(count: Int, first: Float) {
    least = first / 200
    sizes = Array(repeating: first, count: count)
    losses = Array(repeating: [], count: count)
  }

  func gathering(_ rows: [Int]) -> StallingSteps {
    var result = self
    result.sizes = rows.map { sizes[$0] }
    result.losses = rows.map { losses[$0] }
    return result
  }

  /// Steps, those of one size together.
  func ascend(_ points: inout Tensor<Float>, along gradient: Tensor<Float>, task: AttackTask) {
    for size in Set(sizes) {
      let rows = sizes.indices.filter { sizes[$0] == size }
      var part = points.gathering(rows)
      task.threat.ascend(
        &part, along: gradient.gathering(rows), stepSize: size, around: task.images.gathering(rows))
      points.scatter(part, to: rows)
    }
  }

  /// Enters the losses after a step.
  mutating func enter(_ values: [Float]) {
    for (row, value) in values.enumerated() {
      losses[row] = losses[row].suffix(Self.length - 1) + [value]
      guard losses[row].count == Self.length, value < losses[row][0] else { continue }
      sizes[row] = max(least, sizes[row] / 2)
      losses[row] = []
    }
  }
}

extension Tensor<Float> {
  /// Replaces every scalar by an average of it and a new one.
  fileprivate mutating func average(with new: Tensor<Float>, keeping share: Float) {
    withUnsafeMutableScalars { scalars in
      new.withUnsafeScalars { new in
        for index in scalars.indices { scalars[index] = share * scalars[index] + (1 - share) * new[index] }
      }
    }
  }
}
