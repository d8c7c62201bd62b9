import Networks
import Synchronization

/// An adversarial point that was nearer than all before when an attack showed it to the model.
public struct FoundPoint: Hashable, Codable, Sendable {
  /// The queries made for the example up to there.
  public let queries: Int
  /// The distance from the image, in the norm of the threat model.
  public let distance: Float

  /// Creates a point.
  public init(queries: Int, distance: Float) {
    (self.queries, self.distance) = (queries, distance)
  }
}

/// What a black-box attack has found after how many queries, whether the attack knows it or not: the evaluator looks on.
final class QueryTrace: Sendable {
  private let images: Tensor<Float>
  private let slots: [Int: Int]
  private let goal: Goal
  private let norm: Norm
  private let found: Mutex<[[FoundPoint]]>

  init(_ images: Tensor<Float>, ids: [Int], goal: Goal, norm: Norm) {
    (self.images, self.goal, self.norm) = (images, goal, norm)
    slots = Dictionary(ids.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
    found = Mutex(Array(repeating: [], count: ids.count))
  }

  /// The points of every example, each nearer than the one before.
  var points: [[FoundPoint]] { found.withLock { $0 } }

  /// Enters one point for each example, as the model sees it. Several points for one example are samples for an estimate,
  /// of which none is a candidate.
  func enter(_ points: Tensor<Float>, logits: Tensor<Float>, ids: [Int], spent: [Int]) {
    let rows = ids.compactMap { slots[$0] }
    guard rows.count == ids.count, points.exampleCount == ids.count, points.shape.example == images.shape.example
    else { return }
    let predicted = predictions(of: logits)
    let reached = rows.indices.filter { goal.isReached(row: rows[$0], by: predicted[$0]) }
    guard !reached.isEmpty else { return }
    let distances = norm.distances(
      from: images.gathering(reached.map { rows[$0] }), to: points.gathering(reached))
    found.withLock { found in
      for (position, distance) in zip(reached, distances) {
        let row = rows[position]
        guard distance < found[row].last?.distance ?? .infinity else { continue }
        found[row].append(FoundPoint(queries: spent[position], distance: distance))
      }
    }
  }
}
