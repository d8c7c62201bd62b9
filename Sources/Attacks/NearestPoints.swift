import Networks

/// The nearest adversarial point of each example that a minimum-norm attack has found so far.
struct NearestPoints {
  /// The points; the image where none was found.
  private(set) var points: Tensor<Float>
  /// Their distances; infinite where none was found.
  private(set) var distances: [Float]

  private let images: Tensor<Float>
  private let norm: Norm

  /// None yet.
  init(_ task: AttackTask) {
    images = task.images
    points = task.images
    norm = task.threat.norm
    distances = Array(repeating: .infinity, count: task.count)
  }

  /// Whether a point of each example was found.
  var isFound: [Bool] { distances.map { $0 < .infinity } }

  /// Enters points of the examples at `rows` that reach the goal, where they are nearer than those before.
  ///
  /// - Parameters:
  ///   - candidates: A point for each of these examples, in the box.
  ///   - isReached: Whether the model takes it for what the attack wants, by the logits that count.
  ///   - rows: The examples; all of them unless given.
  /// - Returns: Which of the points are the nearest now.
  @discardableResult
  mutating func enter(_ candidates: Tensor<Float>, where isReached: [Bool], rows: [Int]? = nil) -> [Bool] {
    let rows = rows ?? Array(distances.indices)
    let found = norm.distances(from: images.gathering(rows), to: candidates)
    return enter(candidates, ofSizes: found, where: isReached, rows: rows)
  }

  /// The same with another measure of how near a point is: `distances` are then in that measure.
  @discardableResult
  mutating func enter(
    _ candidates: Tensor<Float>, ofSizes sizes: [Float], where isReached: [Bool], rows: [Int]
  ) -> [Bool] {
    let isNearer = rows.indices.map { isReached[$0] && sizes[$0] < distances[rows[$0]] }
    let nearer = rows.indices.filter { isNearer[$0] }
    guard !nearer.isEmpty else { return isNearer }
    points.scatter(candidates.gathering(nearer), to: nearer.map { rows[$0] })
    for index in nearer { distances[rows[index]] = sizes[index] }
    return isNearer
  }
}
