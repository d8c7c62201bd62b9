public import Hyperparameters
public import Networks

/// Brendel and Bethge's attack: from an adversarial point far away, steps along the decision boundary towards the image.
///
///     δ = argmin D(x₀ − x − δ)  with  bᵀδ = c,  ‖δ‖₂ ≤ r,  x + δ in the box
///
/// Brendel, Rauber, Kümmerer, Ustyuzhaninov and Bethge, *Accurate, reliable and fast robustness evaluation*,
/// arXiv 1907.01003, as in Foolbox: b is a running mean of the gradients of the difference of logits, c is 1.1 times
/// that difference with the sign that leads over the boundary (0.9 times where x is beyond it), and the radius
/// r = rate · number of scalars · width of the pixel box is halved 20 times. Each step is solved in double precision, in
/// L∞, L2 and L1 to the optimum; see `BoundaryProblem`.
///
/// It begins where random pixels, mixed into the image, first change the decision; where they never do the image is
/// returned. Foolbox multiplies r by the number of images in the batch too, so that results depend on it.
public struct BrendelBethge: MinimumNormAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "bb", title: "Brendel and Bethge",
    summary: "Follows the decision boundary from a far adversarial point towards the image.",
    citation: "Brendel, Rauber, Kümmerer, Ustyuzhaninov and Bethge, arXiv 1907.01003")
  /// All.
  public static let norms = Norm.allCases

  /// The number of steps; 1000 as in Foolbox.
  public var steps = 1000
  /// The radius of the trust region per scalar, in widths of the pixel box.
  public var rate: Float = 0.001
  /// What the radius is multiplied by at each decay.
  public var decay: Float = 0.5
  /// The number of decays, evenly spaced over the steps.
  public var decays = 20
  /// The share of the boundary before in each estimate of its direction.
  public var momentum: Float = 0.8
  /// How far a step aims, of the way to the boundary.
  public var overshoot: Float = 1.1
  /// The number of halvings of the way from image to start before the first step.
  public var bisections = 10
  /// The largest number of random images drawn for a start.
  public var draws = 1000
  /// The number of shares in which such an image is mixed in.
  public var shares = 1000

  /// All of them.
  public static let hyperparameters: [Hyperparameter<BrendelBethge>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps."),
    .number("rate", \.rate, .above(0), unit: "pixel ranges", "The radius of the trust region per scalar."),
    .number("decay", \.decay, .above(0, to: 1), "What the radius is multiplied by at each decay."),
    .integer("decays", \.decays, in: 1...1_000_000, "The number of decays over all steps."),
    .number("momentum", \.momentum, .from(0, below: 1), "The share of the past in the direction of the boundary."),
    .number("overshoot", \.overshoot, .from(1, below: 2), "How far a step aims, of the way to the boundary."),
    .integer("bisections", \.bisections, in: 0...100, "Halvings of the way from image to start before the first step."),
    .integer("draws", \.draws, in: 1...1_000_000, "Random images drawn for a start, at most."),
    .integer("shares", \.shares, in: 1...1_000_000, "Shares in which such an image is mixed in."),
  ]

  /// What it follows.
  public var ascendedLoss: Loss? { .margin }

  /// A gradient for each step, and looks on the way to the start; more where many draws fail.
  public var passesPerExample: Double { 2 * Double(steps) + Double(bisections + shares + 1) }

  /// 1000 steps.
  public init() {}

  /// Creates an attack.
  public init(steps: Int, rate: Float = BrendelBethge().rate) {
    (self.steps, self.rate) = (steps, rate)
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    var search = try boundary(of: task, model: model)
    var slopes = Tensor<Float>(shape: search.task.images.shape)
    var radius = Double(rate) * Double(task.images.exampleSize) * Double(task.threat.bounds.meanWidth)
    for step in 1...max(1, steps) {
      if let open = search.retireFinished(model: model) { slopes = slopes.gathering(open) }
      guard !search.isFinished else { break }
      var look = try search.look(along: .margin, model: model)
      // Where there is no number there is no boundary to follow.
      if let open = search.retire(where: look.values.map { !$0.isFinite }) {
        slopes = slopes.gathering(open)
        look = look.gathering(open)
      }
      slopes = step == 1 ? look.gradient : look.gradient.mixed(with: slopes, share: Double(momentum))
      if (step + 1) % max(1, steps / decays) == 0 { radius *= Double(decay) }
      follow(&search.active.points, slopes, aims: aims(look), radius: radius, of: search.task)
    }
    return search.nearest.points
  }

  /// All examples that have a start, at the boundary between image and start.
  private func boundary(of task: AttackTask, model: AttackedModel) throws -> NearestPointSearch {
    var (starts, isFound) = try task.noiseStarts(draws: draws, shares: shares, model: model.queried)
    var search = NearestPointSearch(task, points: starts)
    search.enter(where: isFound)
    if let open = search.retire(where: isFound.map { !$0 }) { starts = starts.gathering(open) }
    var (low, high) = (Array(repeating: 0.0, count: search.task.count), Array(repeating: 1.0, count: search.task.count))
    for _ in 0..<bisections {
      if let open = search.retireFinished(model: model) {
        (low, high, starts) = (open.map { low[$0] }, open.map { high[$0] }, starts.gathering(open))
      }
      guard !search.isFinished else { return search }
      let middle = zip(low, high).map { ($0 + $1) / 2 }
      search.active.points = between(search.task, starts, middle)
      let logits = try search.task.logits(of: search.active.points, model: model.queried)
      let isReached = search.task.goal.isReached(by: logits)
      search.enter(where: isReached)
      for row in middle.indices {
        if isReached[row] { high[row] = middle[row] } else { low[row] = middle[row] }
      }
    }
    search.active.points = between(search.task, starts, high)
    return search
  }

  /// Points between image (share 0) and start (1), on the way that is the shortest in the norm.
  private func between(_ task: AttackTask, _ starts: Tensor<Float>, _ shares: [Double]) -> Tensor<Float> {
    let width = task.threat.bounds.widest
    switch task.threat.norm {
    case .l2: return task.images.mixed(with: starts, shares: shares)
    case .linf: return task.images.changed(towards: starts) { min(max($1, -shares[$0] * width), shares[$0] * width) }
    case .l1:
      return task.images.changed(towards: starts) { row, change in
        let size = max(abs(change) - (1 - shares[row]) * width, 0)
        return change > 0 ? size : -size
      }
    case .l0: return task.images.changed(towards: starts) { abs($1) <= shares[$0] * width ? $1 : 0 }
    }
  }

  /// How much of the difference of logits each step shall win, so that 0.1 of it is left, on the far side.
  ///
  /// Not less than what rounding tells apart: in Foolbox a point whose logits are equal stays where it is for ever.
  private func aims(_ look: Look) -> [Double] {
    look.logits.withUnsafeScalars { logits in
      look.values.indices.map { row in
        let size = logits.count / look.values.count
        let largest = logits[row * size..<(row + 1) * size].reduce(0) { max($0, abs($1)) }
        let value = Double(look.values[row])
        return max(abs(value) * Double(overshoot - 1), 1e-6 * Double(largest)) - value
      }
    }
  }

  private func follow(
    _ points: inout Tensor<Float>, _ slopes: Tensor<Float>, aims: [Double], radius: Double, of task: AttackTask
  ) {
    let runs = task.threat.bounds.runs(of: points.shape.example.batched(1))
    let ends = runs.flatMap { run in run.indices.map { _ in run.range } }
    let (images, size, norm) = (task.images, points.exampleSize, task.threat.norm)
    images.withUnsafeScalars { images in
      points.forEachExample(with: slopes) { row, point, slopes in
        let problem = BoundaryProblem(
          home: point.indices.map { Double(images[row * size + $0]) - Double(point[$0]) },
          slope: slopes.map(Double.init), gap: aims[row], radius: radius,
          lower: point.indices.map { Double(ends[$0].lowerBound) - Double(point[$0]) },
          upper: point.indices.map { Double(ends[$0].upperBound) - Double(point[$0]) })
        let step = problem.step(norm)
        for index in point.indices { point[index] = Float(Double(point[index]) + step[index]) }
      }
    }
    task.threat.bounds.clip(&points)
  }
}

extension Tensor<Float> {
  /// Every scalar moved by a part of its difference from that of another tensor, which is given the row of its example.
  fileprivate func changed(towards other: Tensor, by part: (_ row: Int, _ change: Double) -> Double) -> Tensor {
    var result = self
    result.forEachExample(with: other) { row, scalars, others in
      for index in scalars.indices {
        let value = Double(scalars[index])
        scalars[index] = Float(value + part(row, Double(others[index]) - value))
      }
    }
    return result
  }
}
