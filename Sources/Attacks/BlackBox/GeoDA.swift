import Glibc
public import Hyperparameters
public import Networks

/// The normal of the decision boundary, which decisions around a boundary point tell, and the way along it from the
/// image to the boundary, several times.
///
///     w ← w + mean of φ(x + σ u) u,  φ = 1 where adversarial, else −1,  u of low frequencies
///     x ← the first adversarial point on the steepest way along w: sign w (L∞), w (L2), the largest coordinates (L1)
///
/// Rahmati, Moosavi-Dezfooli, Frossard and Dai, *GeoDA: a geometric framework for black-box adversarial attacks*,
/// arXiv 2003.06468, with the values of ART: 4,000 queries, of which each normal gets λ^(−2/3) times as many as the one
/// before, 50 to 80 the first, and 25 for every search; noise of the first ten cosines along each axis.
///
/// ART's tolerance of 0.1 leaves points so far from the boundary that noise of σ = 0.0002 does not cross it, and its
/// normals are chance; here it is a twentieth of σ, a length too. ART goes along w for L1 as for L2, and in steps of a fixed
/// length; here the way is the steepest one of the norm within the box, which on a plane boundary leads to the nearest
/// point. Noise is clipped into the box, counts by what is left of it, and its mean is subtracted as in HopSkipJump; ART asks
/// about points outside. Non-square images and feature vectors work.
public struct GeoDA: DecisionAttack, MinimumNormAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "geoda", title: "GeoDA",
    summary: "Goes from the image along the boundary's normal, which decisions around a point tell.",
    citation: "Rahmati, Moosavi-Dezfooli, Frossard and Dai, arXiv 2003.06468")
  /// Those of the paper.
  public static let norms: [Norm] = [.linf, .l2, .l1]

  /// The largest number of queries, after those for the start.
  public var queries = 4000
  /// The number of cosines along each axis.
  public var frequencies = 10
  /// The deviation of the noise.
  public var sigma: Float = 0.0002
  /// How the queries of one normal relate to those of the next; 1 for as many.
  public var lambda: Float = 0.6
  /// How near to the boundary binary searches go.
  public var tolerance: Float = 0.00001
  /// The largest number of random images drawn for a start.
  public var draws = 1000

  /// All of them.
  public static let hyperparameters: [Hyperparameter<GeoDA>] = [
    .integer("queries", \.queries, in: 1...1_000_000_000, "Queries after those for the start, at most."),
    .integer("frequencies", \.frequencies, in: 1...1000, "Cosines along each axis, of which noise is made."),
    .number("sigma", \.sigma, .above(0), unit: "pixel ranges", "The deviation of the noise."),
    .number("lambda", \.lambda, .above(0, to: 1), "Normals get λ^(−2/3) times the queries of the one before."),
    .number("tolerance", \.tolerance, .above(0), unit: "pixel ranges", "How near to the boundary searches go."),
    .draws(\.draws),
  ]

  /// The queries, and the start.
  public var passesPerExample: Double { Double(queries + DecisionSearch.shares + 1) }

  /// 4,000 queries.
  public init() {}

  /// Creates an attack.
  public init(queries: Int, sigma: Float = GeoDA().sigma) {
    (self.queries, self.sigma) = (queries, sigma)
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: DecisionModel) throws -> Tensor<Float> {
    var search = try DecisionSearch(task, draws: draws, model: model, queries: queries)
    var points = try between(search.task, search.points, &search)
    var normals = Tensor<Float>(shape: points.shape)
    for (step, directions) in schedule.enumerated() {
      if let open = search.retireFinished() {
        (points, normals) = (points.gathering(open), normals.gathering(open))
      }
      guard !search.isFinished else { break }
      let means = try means(at: points, directions: directions, step: step, &search)
      normals.forEachExample { row, normal in
        for index in normal.indices { normal[index] += Float(means[row][index]) }
      }
      try follow(normals, &points, &search)
    }
    return search.nearest.points
  }

  /// The numbers of queries for each normal. There are so many normals that the first one gets 80 at most.
  var schedule: [Int] {
    // 25 of every normal are for the searches.
    for count in 1...1000 {
      let factors = (0..<count).map { pow(Double(lambda), -2 * Double($0) / 3) }
      let share = Double(max(queries - 25 * count, 0)) / factors.reduce(0, +)
      if share <= 80 { return factors.map { Int(($0 * share).rounded()) }.filter { $0 > 0 } }
    }
    return Array(repeating: max(queries / 1000, 1), count: 1000)
  }

  /// The adversarial end of the straight way from each image, near the boundary.
  private func between(
    _ task: AttackTask, _ starts: Tensor<Float>, _ search: inout DecisionSearch
  ) throws -> Tensor<Float> {
    let lengths = Norm.l2.distances(from: task.images, to: starts)
    let width = Double(task.threat.bounds.meanWidth)
    let shares = try search.bisect(
      from: lengths.map { _ in 0 }, to: lengths.map { _ in 1 },
      tolerance: lengths.map { Double(tolerance) * width / Double($0) }, of: search.examples
    ) { places, shares in task.images.gathering(places).mixed(with: starts.gathering(places), shares: shares) }
    return task.images.mixed(with: starts, shares: shares)
  }

  private func means(
    at points: Tensor<Float>, directions: Int, step: Int, _ search: inout DecisionSearch
  ) throws -> [[Double]] {
    let task = search.task
    let (shape, size, centers) = (points.shape.example, points.exampleSize, points.scalars)
    let ranges = PixelRanges(task.threat.bounds, example: shape)
    let noise = CosineNoise(shape, frequencies: frequencies)
    let slope = try search.slope(draws: directions, step: step) { row, stream, direction, point in
      noise.fill(direction, &stream)
      for index in point.indices {
        let (range, center) = (ranges[index], Double(centers[row * size + index]))
        let scale = Double(sigma) * Double(range.upperBound - range.lowerBound)
        point[index] = range.nearest(to: center + scale * Double(direction[index]))
        // What the box has left of it.
        direction[index] = Float((Double(point[index]) - center) / scale)
      }
    }
    return slope.centred
  }

  /// Moves points to the first adversarial ones on the ways along normals; where there is none they stay.
  private func follow(
    _ normals: Tensor<Float>, _ points: inout Tensor<Float>, _ search: inout DecisionSearch
  ) throws {
    let task = search.task
    func ways(_ rows: [Int], _ lengths: [Double]) -> Tensor<Float> {
      var ends = task.images.gathering(rows)
      for (position, row) in rows.enumerated() {
        var end = task.images.examples(row..<row + 1)
        task.threat.ascend(
          &end, along: normals.examples(row..<row + 1), stepSize: Float(lengths[position]),
          around: task.images.examples(row..<row + 1))
        ends.replace(position..<position + 1, by: end)
      }
      return ends
    }
    var high = task.threat.distances(from: task.images, to: points).map(Double.init)
    var (low, open) = (high.map { _ in 0.0 }, search.examples)
    var isFound = Array(repeating: false, count: task.count)
    // A box holds nothing farther away than a thousand times the distance of noise.
    for _ in 0..<10 where !open.isEmpty {
      let isReached = try search.look(at: ways(open, open.map { high[$0] }), of: open)
      for (row, isReached) in zip(open, isReached) {
        isFound[row] = isReached
        if !isReached { (low[row], high[row]) = (high[row], 2 * high[row]) }
      }
      open = open.filter { !isFound[$0] }
    }
    let found = search.examples.filter { isFound[$0] }
    let width = Double(task.threat.bounds.meanWidth)
    let scale = task.threat.norm == .linf ? 1 / Double(points.exampleSize).squareRoot() : 1
    let lengths = try search.bisect(
      from: found.map { low[$0] }, to: found.map { high[$0] },
      tolerance: found.map { _ in Double(tolerance) * width * scale }, of: found
    ) { places, lengths in ways(places.map { found[$0] }, lengths) }
    points.scatter(ways(found, lengths), to: found)
  }
}
