public import Hyperparameters
public import Networks

/// Descent of the distance to the decision boundary along a direction, by the signs of its directional derivatives.
///
///     g(θ) = the least λ for which x₀ + λ θ is adversarial,  ‖θ‖₂ = 1
///     v = mean of sign(g(θ + ε u) − g(θ)) u;  θ ← (θ − α v) / ‖θ − α v‖₂
///
/// Cheng, Singh, Chen, Chen, Liu and Hsieh, *Sign-OPT: a query-efficient hard-label adversarial attack*,
/// arXiv 1909.10773, with the values of the authors' code and of ART: one query at distance g(θ) tells a sign; the step size
/// α is doubled while g falls, and divided by four until it does. Where nothing helps α is set back to 1 and the tolerance
/// divided by ten, five times.
///
/// ART spends 20,000 queries, not counting the start; the default here is 10,000. A new direction whose point at the
/// best distance is not adversarial is given up with that one query, as its g can't be smaller; the reference goes on to
/// find its value, in steps of one per cent. Points are clipped into the box, so that distances may be shorter than λ.
public struct SignOPT: DecisionAttack, MinimumNormAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "sign-opt", title: "Sign-OPT",
    summary: "Turns the direction in which the decision boundary is nearest, by signs of derivatives.",
    citation: "Cheng, Singh, Chen, Chen, Liu and Hsieh, arXiv 1909.10773")
  /// That of the paper.
  public static let norms: [Norm] = [.l2]

  /// The largest number of steps.
  public var steps = 1000
  /// The largest number of queries, after those for the start.
  public var queries = 10_000
  /// The number of random directions tried at first; the shortest is the first one.
  public var trials = 100
  /// The number of derivatives in each step.
  public var directions = 200
  /// The first step size α.
  public var stepSize: Float = 0.2
  /// The tolerance β; binary searches go to β / 500 pixels.
  public var tolerance: Float = 0.001
  /// The difference ε of directions.
  public var difference: Float = 0.001
  /// The largest number of random images drawn for a start.
  public var draws = 1000

  /// All of them.
  public static let hyperparameters: [Hyperparameter<SignOPT>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps."),
    .integer("queries", \.queries, in: 1...1_000_000_000, "Queries after those for the start, at most."),
    .integer("trials", \.trials, in: 0...16_000_000, "Random directions tried at first."),
    .integer("directions", \.directions, in: 1...16_000_000, "Directional derivatives in a step."),
    .number("step-size", \.stepSize, .above(0), "The length of the first step."),
    .number("tolerance", \.tolerance, .above(0), unit: "500 pixels", "How exact distances to the boundary are."),
    .number("difference", \.difference, .above(0), "The difference of directions by which a derivative is told."),
    .draws(\.draws),
  ]

  /// The queries, and the start.
  public var passesPerExample: Double { Double(queries + DecisionSearch.shares + 1) }

  /// 10,000 queries.
  public init() {}

  /// Creates an attack.
  public init(queries: Int, steps: Int = SignOPT().steps, directions: Int = SignOPT().directions) {
    (self.queries, self.steps, self.directions) = (queries, steps, directions)
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: DecisionModel) throws -> Tensor<Float> {
    var search = try DecisionSearch(task, draws: draws, model: model, queries: queries)
    var rays = try firstRays(&search)
    for step in 0..<max(0, steps) {
      if let open = search.retireFinished(or: rays.map { $0.tolerance < 1e-8 }) { rays = open.map { rays[$0] } }
      guard !search.isFinished else { break }
      let slopes = try slopes(of: rays, step: step, &search)
      try turn(&rays, along: slopes, &search)
    }
    return search.nearest.points
  }

  /// The shortest of some rays to the boundary, of which one leads to the start.
  private func firstRays(_ search: inout DecisionSearch) throws -> [Ray] {
    let (task, starts) = (search.task, search.points)
    let lengths = task.threat.distances(from: task.images, to: starts)
    var rays = task.ids.indices.map { row in
      let (image, start) = (task.images.examples(row..<row + 1), starts.examples(row..<row + 1))
      return Ray(
        direction: zip(start.scalars, image.scalars).map { (Double($0) - Double($1)) / Double(lengths[row]) },
        length: Double(lengths[row]), step: Double(stepSize), tolerance: Double(tolerance))
    }
    for trial in -1..<trials {
      let tries = trial < 0 ? rays.map(\.direction) : task.randomDirections(trial)
      let found = try self.lengths(of: tries, from: rays, places: search.examples, &search)
      for row in rays.indices {
        if let length = found[row], length < rays[row].length {
          (rays[row].direction, rays[row].length) = (tries[row], length)
        }
      }
    }
    return rays
  }

  private func slopes(of rays: [Ray], step: Int, _ search: inout DecisionSearch) throws -> [[Double]] {
    let task = search.task
    let ranges = PixelRanges(task.threat.bounds, example: task.images.shape.example)
    let (images, size) = (task.images.scalars, task.images.exampleSize)
    let slope = try search.slope(draws: directions, step: step) { row, stream, direction, point in
      stream.fillNormal(direction)
      direction.normalize()
      let ray = rays[row]
      let turned = unit(zip(ray.direction, direction).map { $0 + Double(difference) * Double($1) })
      for index in point.indices {
        point[index] = ranges[index].nearest(to: Double(images[row * size + index]) + ray.length * turned[index])
      }
    }
    // Where a turned ray is adversarial at the distance of the boundary, the boundary is nearer there.
    return slope.mean.map { $0.map { -$0 } }
  }

  /// Turns rays by the step sizes that make them shorter.
  private func turn(_ rays: inout [Ray], along slopes: [[Double]], _ search: inout DecisionSearch) throws {
    var best = rays
    func attempt(_ open: [Int], _ search: inout DecisionSearch) throws -> [Bool] {
      let tries = open.map { row in
        unit(zip(rays[row].direction, slopes[row]).map { $0 - best[row].step * $1 })
      }
      let found = try lengths(of: tries, from: open.map { best[$0] }, places: open, &search)
      return open.indices.map { position in
        guard let length = found[position], length < best[open[position]].length else { return false }
        (best[open[position]].direction, best[open[position]].length) = (tries[position], length)
        return true
      }
    }
    var open = search.examples
    for _ in 0..<15 where !open.isEmpty {
      let isShorter = try attempt(open, &search)
      for row in open { best[row].step = min(2 * best[row].step, 1e6) }
      open = open.indices.filter { isShorter[$0] }.map { open[$0] }
    }
    open = rays.indices.filter { best[$0].length >= rays[$0].length }
    for _ in 0..<15 where !open.isEmpty {
      for row in open { best[row].step /= 4 }
      let isShorter = try attempt(open, &search)
      open = open.indices.filter { !isShorter[$0] }.map { open[$0] }
    }
    for row in best.indices where best[row].step < 1e-4 {
      (best[row].step, best[row].tolerance) = (1, best[row].tolerance / 10)
    }
    rays = best
  }

  /// The distances to the boundary along directions, near those of rays; nil where they are not shorter.
  private func lengths(
    of directions: [[Double]], from rays: [Ray], places: [Int], _ search: inout DecisionSearch
  ) throws -> [Double?] {
    let task = search.task
    func points(_ chosen: [Int], _ lengths: [Double]) -> Tensor<Float> {
      task.points(of: chosen.map { places[$0] }, along: chosen.map { directions[$0] }, lengths: lengths)
    }
    var high = rays.map(\.length)
    let isShorter = try search.look(at: points(Array(places.indices), high), of: places)
    let shorter = places.indices.filter { isShorter[$0] }
    var (low, reach, open) = (high, 0.01, shorter)
    // From 1 % on twice as far each time: after seven times that is the image itself.
    while !open.isEmpty, reach < 2 {
      for place in open { low[place] = max(0, rays[place].length * (1 - reach)) }
      let isReached = try search.look(at: points(open, open.map { low[$0] }), of: open.map { places[$0] })
      open = open.indices.filter { isReached[$0] }.map { open[$0] }
      for place in open { high[place] = low[place] }
      reach *= 2
    }
    let found = try search.bisect(
      from: shorter.map { low[$0] }, to: shorter.map { high[$0] },
      tolerance: shorter.map { rays[$0].tolerance / 500 }, of: shorter.map { places[$0] }
    ) { chosen, lengths in points(chosen.map { shorter[$0] }, lengths) }
    var lengths = [Double?](repeating: nil, count: places.count)
    for (place, length) in zip(shorter, found) { lengths[place] = length }
    return lengths
  }
}

/// A direction from an image, and how far the boundary is.
private struct Ray {
  var direction: [Double]
  var length: Double
  var step: Double
  var tolerance: Double
}

/// A vector over its length; zeros stay.
private func unit(_ vector: [Double]) -> [Double] {
  let size = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
  return size > 0 ? vector.map { $0 / size } : vector
}

extension AttackTask {
  /// A random direction for each example.
  fileprivate func randomDirections(_ trial: Int) -> [[Double]] {
    ids.map { id in
      var stream = random.stream(.randomStart, example: id, step: trial, lane: 1)
      return unit((0..<images.exampleSize).map { _ in Double(stream.normal()) })
    }
  }

  /// The points on rays from the images of some examples, clipped into the box.
  fileprivate func points(of rows: [Int], along directions: [[Double]], lengths: [Double]) -> Tensor<Float> {
    let ranges = PixelRanges(threat.bounds, example: images.shape.example)
    var points = images.gathering(rows)
    points.forEachExample { position, point in
      for index in point.indices {
        let value = Double(point[index]) + lengths[position] * directions[position][index]
        point[index] = ranges[index].nearest(to: value)
      }
    }
    return points
  }
}
