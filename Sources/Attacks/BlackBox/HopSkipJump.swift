public import Hyperparameters
public import Networks

/// Steps along the normal of the decision boundary, which decisions around a boundary point tell, each followed by a
/// binary search back to the boundary.
///
///     v = mean of (φ(x + δ u) − φ̄) u,  φ = 1 where adversarial, else −1
///     x ← x + ξ v / ‖v‖₂ (L2) or x + ξ sign v (L∞),  ξ = ‖x − x₀‖ / √t halved until adversarial
///     x ← the point nearest to the boundary between x₀ and x
///
/// Chen, Jordan and Wainwright, *HopSkipJumpAttack: a query-efficient decision-based attack*, arXiv 1904.02144, with the
/// values of Foolbox: 100 √t directions in step t, δ = γ ‖x − x₀‖ / d for d scalars but a tenth of the pixel range at
/// first, and binary searches to γ / d^1.5 (L2) or γ / d² (L∞) of the distance, at most 24 halvings.
///
/// Foolbox makes 64 steps, which is 34,000 queries; the default here is 25, some 9,000. The step size is halved 25 times at
/// most, after which the point stays: Foolbox halves for ever where nothing is adversarial, and fails on images that are
/// misclassified already, which are given back here. The nearest of all points found is given back, not the last.
public struct HopSkipJump: DecisionAttack, MinimumNormAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "hopskipjump", title: "HopSkipJump",
    summary: "Steps along the boundary's normal, which decisions around a point tell.",
    citation: "Chen, Jordan and Wainwright, arXiv 1904.02144")
  /// Those of the paper.
  public static let norms: [Norm] = [.linf, .l2]

  /// The number of steps.
  public var steps = 25
  /// The number of directions in the first step.
  public var initialDirections = 100
  /// The largest number of directions in a step.
  public var maximumDirections = 10_000
  /// Scales the tolerance of binary searches, and the radius in which directions are tried.
  public var gamma: Float = 1
  /// The largest number of random images drawn for a start.
  public var draws = 1000

  /// All of them.
  public static let hyperparameters: [Hyperparameter<HopSkipJump>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps."),
    .integer("directions", \.initialDirections, in: 1...16_000_000, "Directions tried in step 1; step t: √t as many."),
    .integer("max-directions", \.maximumDirections, in: 1...16_000_000, "Directions tried in a step, at most."),
    .number("gamma", \.gamma, .above(0), "Scales the tolerance of binary searches and the radius of the directions."),
    .draws(\.draws),
  ]

  /// Directions, some 20 queries of searches in a step, and the start.
  public var passesPerExample: Double {
    (0..<steps).reduce(Double(DecisionSearch.shares + 1)) { $0 + Double(directions(step: $1) + 20) }
  }

  /// 25 steps.
  public init() {}

  /// Creates an attack.
  public init(steps: Int, initialDirections: Int = HopSkipJump().initialDirections) {
    (self.steps, self.initialDirections) = (steps, initialDirections)
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: DecisionModel) throws -> Tensor<Float> {
    var search = try DecisionSearch(task, draws: draws, model: model)
    var points = try approach(from: search.points, &search)
    for step in 0..<max(0, steps) {
      if let open = search.retireFinished() { points = points.gathering(open) }
      guard !search.isFinished else { break }
      let distances = task.threat.distances(from: search.task.images, to: points).map(Double.init)
      let normals = try normals(at: points, distances: distances, step: step, &search)
      let sizes = distances.map { $0 / Double(step + 1).squareRoot() }
      points = try approach(from: try leap(from: points, along: normals, sizes: sizes, &search), &search)
    }
    return search.nearest.points
  }

  private func directions(step: Int) -> Int {
    min(Int(Double(initialDirections) * Double(step + 1).squareRoot()), maximumDirections)
  }

  /// The point nearest to the boundary between each image and an adversarial point.
  private func approach(from points: Tensor<Float>, _ search: inout DecisionSearch) throws -> Tensor<Float> {
    let task = search.task
    let size = Double(points.exampleSize)
    let share = Double(gamma) / (size * (task.threat.norm == .linf ? size : size.squareRoot()))
    // Single precision tells no finer shares apart.
    let tolerance = Array(repeating: max(share, 0x1p-24), count: task.count)
    let (none, all) = (Array(repeating: 0.0, count: task.count), Array(repeating: 1.0, count: task.count))
    let shares = try search.bisect(from: none, to: all, tolerance: tolerance, of: search.examples) { places, shares in
      between(task.gathering(places), points.gathering(places), shares)
    }
    return between(task, points, shares)
  }

  /// Points between image (share 0) and adversarial point (1): on the straight line, or with the change clipped in L∞.
  private func between(_ task: AttackTask, _ points: Tensor<Float>, _ shares: [Double]) -> Tensor<Float> {
    guard task.threat.norm == .linf else { return task.images.mixed(with: points, shares: shares) }
    let limits = zip(task.threat.distances(from: task.images, to: points), shares).map { Double($0) * $1 }
    var result = points
    result.forEachExample(with: task.images) { row, point, image in
      // The adversarial point itself keeps its bits.
      for index in point.indices where shares[row] < 1 {
        let change = min(max(Double(point[index]) - Double(image[index]), -limits[row]), limits[row])
        point[index] = Float(Double(image[index]) + change)
      }
    }
    return result
  }

  /// The direction in which each point is more likely to be adversarial, of length 1 or with entries of ±1.
  private func normals(
    at points: Tensor<Float>, distances: [Double], step: Int, _ search: inout DecisionSearch
  ) throws -> Tensor<Float> {
    let task = search.task
    let (norm, size) = (task.threat.norm, points.exampleSize)
    let ranges = PixelRanges(task.threat.bounds, example: points.shape.example)
    let first = 0.1 * Double(task.threat.bounds.meanWidth)
    let radii = distances.map { step == 0 ? first : Double(gamma) * $0 / Double(size) }
    let centers = points.scalars
    let slope = try search.slope(draws: directions(step: step), step: step) { row, stream, direction, point in
      if norm == .linf {
        for index in direction.indices { direction[index] = stream.uniform(in: -1...1) }
      } else {
        stream.fillNormal(direction)
      }
      direction.normalize()
      for index in direction.indices {
        let center = centers[row * size + index]
        point[index] = ranges[index].nearest(to: Double(center) + radii[row] * Double(direction[index]))
        // What the box has left of it.
        direction[index] = radii[row] > 0 ? Float((Double(point[index]) - Double(center)) / radii[row]) : 0
      }
    }
    var normals = Tensor<Float>(shape: points.shape)
    let means = slope.centred
    normals.forEachExample { row, normal in
      for index in normal.indices {
        let mean = Float(means[row][index])
        normal[index] = norm == .linf ? (mean > 0 ? 1 : mean < 0 ? -1 : 0) : mean
      }
      if norm != .linf { normal.normalize() }
    }
    return normals
  }

  /// The point at the first of halved step sizes that is adversarial; where none is, the point stays.
  private func leap(
    from points: Tensor<Float>, along normals: Tensor<Float>, sizes: [Double], _ search: inout DecisionSearch
  ) throws -> Tensor<Float> {
    let box = search.task.threat.bounds
    var (moved, sizes, open) = (points, sizes, search.examples)
    for _ in 0..<25 where !open.isEmpty {
      var candidates = points.gathering(open)
      candidates.forEachExample(with: normals.gathering(open)) { position, point, normal in
        let size = sizes[open[position]]
        for index in point.indices { point[index] = Float(Double(point[index]) + size * Double(normal[index])) }
      }
      box.clip(&candidates)
      let isReached = try search.look(at: candidates, of: open)
      let reached = open.indices.filter { isReached[$0] }
      moved.scatter(candidates.gathering(reached), to: reached.map { open[$0] })
      for row in open { sizes[row] /= 2 }
      open = open.indices.filter { !isReached[$0] }.map { open[$0] }
    }
    return moved
  }
}
