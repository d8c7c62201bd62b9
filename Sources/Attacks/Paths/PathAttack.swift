import Hyperparameters
import Networks

/// An attack that changes an image ever more along a path, until it is misclassified.
///
///     t = 0, 1/n, 2/n, … 1 until the image at t is adversarial;  then bisection between the last two
///
/// A path that leaves the goal again between two looks is not followed there. Where there are several paths, such as
/// darker and brighter, the nearest point that any of them found is kept.
protocol PathAttack: DecisionAttack, MinimumNormAttack {
  /// Looks along each path.
  var steps: Int { get set }
  /// Halvings of the last stretch.
  var searchSteps: Int { get set }
  /// How many paths there are.
  var pathCount: Int { get }

  /// The images at a share of the way along a path; share 0 is the image, 1 the end.
  ///
  /// - Throws: `AttackError` for what the attack cannot change.
  func images(_ task: AttackTask, path: Int, shares: [Double]) throws -> Tensor<Float>
}

extension PathAttack {
  /// All.
  public static var norms: [Norm] { Norm.allCases }
}

extension Hyperparameter where Owner: PathAttack {
  /// What a search along a path needs.
  static var path: [Hyperparameter] {
    [
      .integer("steps", \.steps, in: 1...1_000_000, "The number of looks along the path."),
      .integer("search-steps", \.searchSteps, in: 0...100, "The halvings of the last stretch."),
    ]
  }
}

/// Where the search along a path is, for one example.
private struct Stretch {
  /// The last share that is not adversarial.
  var inner: Double
  /// The first that is.
  var outer: Double
}

extension PathAttack {
  /// A look at the image, and those along all paths.
  public var passesPerExample: Double { 1 + Double(pathCount) * Double(steps + searchSteps) }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: DecisionModel) throws -> Tensor<Float> {
    try task.nearestFromOpenImages(by: model) { try search($0, model: model) }
  }

  private func search(_ task: AttackTask, model: DecisionModel) throws -> Tensor<Float> {
    var nearest = NearestPoints(task)
    for path in 0..<pathCount {
      var stretches = try climb(task, path: path, &nearest, model: model)
      for _ in 0..<max(0, searchSteps) {
        let rows = task.affordable(stretches.keys.sorted(), by: model)
        guard !rows.isEmpty else { break }
        let shares = rows.map { row in stretches[row].map { ($0.inner + $0.outer) / 2 } ?? 1 }
        let reached = try look(task, rows, path: path, shares: shares, &nearest, model: model)
        for (index, row) in rows.enumerated() {
          if reached[index] { stretches[row]?.outer = shares[index] } else { stretches[row]?.inner = shares[index] }
        }
      }
    }
    return nearest.points
  }

  /// The first stretch of each example that leads to an adversarial point.
  private func climb(
    _ task: AttackTask, path: Int, _ nearest: inout NearestPoints, model: DecisionModel
  ) throws -> [Int: Stretch] {
    var stretches: [Int: Stretch] = [:]
    var open = Array(0..<task.count)
    for step in 1...max(1, steps) {
      open = task.affordable(open, by: model)
      guard !open.isEmpty else { break }
      let share = Double(step) / Double(steps)
      let reached = try look(task, open, path: path, shares: open.map { _ in share }, &nearest, model: model)
      for (index, row) in open.enumerated() where reached[index] {
        stretches[row] = Stretch(inner: Double(step - 1) / Double(steps), outer: share)
      }
      open = open.indices.filter { !reached[$0] }.map { open[$0] }
    }
    return stretches
  }

  private func look(
    _ task: AttackTask, _ rows: [Int], path: Int, shares: [Double], _ nearest: inout NearestPoints,
    model: DecisionModel
  ) throws -> [Bool] {
    let part = task.gathering(rows)
    var points = try images(part, path: path, shares: shares)
    // In a ball of infinite radius that puts the points into the box, which rounding may leave.
    part.threat.project(&points, around: part.images)
    let reached = try part.isReached(at: points, model: model)
    nearest.enter(points, where: reached, rows: rows)
    return reached
  }
}

extension AttackTask {
  /// Every scalar changed by itself: its value, its range and the share of its example give the new one.
  func mappingScalars(
    _ shares: [Double], _ change: (_ value: Double, _ range: ClosedRange<Float>, _ share: Double) -> Double
  ) -> Tensor<Float> {
    var points = images
    let size = max(images.exampleSize, 1)
    points.withUnsafeMutableScalars { points in
      for run in threat.bounds.runs(of: images.shape) {
        for index in run.indices {
          points[index] = Float(change(Double(points[index]), run.range, shares[index / size]))
        }
      }
    }
    return points
  }
}
