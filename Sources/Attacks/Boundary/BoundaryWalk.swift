public import Hyperparameters
import Networks

/// The walk along a decision boundary, towards the image, that the two forms of the fast adaptive boundary attack share.
///
/// From the point x, with d₁ the shortest way from x, and d₂ the shortest way from the image x₀, to where the boundary
/// would be if it were linear at x, both within the box:
///
///     α = min(‖d₁‖ / (‖d₁‖ + ‖d₂‖), α_max)
///     x ← clip((1 − α)(x + η d₁) + α (x₀ + η d₂))
///     x ← x₀ + β (x − x₀)     where x is adversarial now
///
/// The nearest adversarial point is kept. It lies beyond the boundary by what η adds to a step.
///
/// At the end the segment from the image to it may be searched (`final-search-steps`): where the difference of the two
/// logits would be zero if it were linear between the ends, a few times over. That leads onto the boundary itself, as near
/// as single precision can tell, and a model that sums in another order may find the point on the other side.
public struct BoundaryWalk: Hashable, Codable, Sendable {
  /// The number of steps of a run.
  public var steps = 100
  /// The number of runs to a boundary: the first begins at the image, others at random points.
  public var restarts = 1
  /// The largest share of the way from the image, α_max.
  public var alphaMax: Float = 0.1
  /// How far a step goes beyond the boundary, η.
  public var eta: Float = 1.05
  /// What is left of the way from the image after a step back, β.
  public var beta: Float = 0.9
  /// The points tried on the segment at the end; 3 in the authors' first code.
  public var finalSearchSteps = 0
  /// Random runs begin at half this distance from the image, or half of the nearest adversarial point's if that is less.
  public var restartRadius: Float?
  /// An example leaves with its first adversarial point that is no farther than this; without it none does.
  public var stopRadius: Float?

  /// Those of the reference.
  public init() {}

  /// All of them.
  public static let hyperparameters: [Hyperparameter<BoundaryWalk>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "Steps of a run."),
    .integer("restarts", \.restarts, in: 1...1_000_000, "Runs; all but the first begin at random points."),
    .number("alpha-max", \.alphaMax, .from(0, to: 1), "The largest share of the step from the image."),
    .number("eta", \.eta, .from(1), "How far a step goes beyond the boundary."),
    .number("beta", \.beta, .above(0, to: 1), "What is left of the way from the image after a step back."),
    .integer("final-search-steps", \.finalSearchSteps, in: 0...100, "Points tried between the image and the result."),
    .number(
      "restart-radius", \.restartRadius, .above(0), unit: "pixels", standard: "by norm: 0.3, 1, 5",
      "Twice how far random runs begin from the image."),
    .number(
      "stop-radius", \.stopRadius, .from(0), unit: "pixels", standard: "no radius",
      "An example leaves with an adversarial point that is as near."),
  ]

  /// The passes over an example for so many boundaries, with so many gradients in a step.
  func passes(boundaries: Int, gradients: Int) -> Double {
    Double(boundaries * restarts) * Double(steps) * (2 * Double(gradients) + 1) + Double(finalSearchSteps) + 2
  }

  /// Where random runs begin at most, as in the reference: for pixels from 0 to 1.
  func restartRadius(_ norm: Norm) -> Float {
    let standard: Float =
      switch norm {
      case .linf: 0.3
      case .l2: 1
      case .l1, .l0: 5
      }
    return restartRadius ?? standard
  }

  /// The nearest adversarial point of each example that the runs to all of these boundaries find.
  func nearest(_ task: AttackTask, to choices: [BoundaryChoice], model: AttackedModel) throws -> Tensor<Float> {
    var nearest = NearestPoints(task)
    let rows = task.affordable(Array(0..<task.count), by: model.queried)
    guard !rows.isEmpty else { return task.images }
    let clean = try task.gathering(rows).logits(of: task.images.gathering(rows), model: model.queried)
    nearest.enter(task.images.gathering(rows), where: task.goal[rows].isReached(by: clean), rows: rows)
    for (number, choice) in choices.enumerated() {
      for restart in 0..<restarts {
        let open = rows.indices.filter { !isDone(nearest.distances[rows[$0]]) }
        guard !open.isEmpty else { break }
        let part = task.gathering(open.map { rows[$0] })
        var run = BoundaryRun(
          self, part, rows: open.map { rows[$0] }, others: choice.classes(part.goal, clean: clean.gathering(open)))
        if restart > 0 { run.scatter(by: number * restarts + restart, distances: nearest.distances) }
        try run.walk(&nearest, model: model)
      }
    }
    try search(&nearest, task, clean: clean, rows: rows, model: model)
    return nearest.points
  }

  /// Whether nothing nearer is looked for.
  func isDone(_ distance: Float) -> Bool { distance == 0 || distance <= stopRadius ?? 0 }
}

extension BoundaryChoice {
  /// The other class of each example; nil where the nearest is found anew at every step, or the goal is a target.
  fileprivate func classes(_ goal: Goal, clean logits: Tensor<Float>) -> [Int]? {
    guard case .rank(let rank) = self, case .misclassify(let labels) = goal else { return nil }
    let size = logits.exampleSize
    return logits.withUnsafeScalars { logits in
      labels.enumerated().map { row, label in
        let others = (0..<size).filter { $0 != label }
        // Stable: of equal logits the first.
        let order = others.sorted { logits[row * size + $0] > logits[row * size + $1] }
        return order[min(rank, order.count - 1)]
      }
    }
  }
}
