public import Hyperparameters
package import Networks

/// In which order an attack turns to one class after the other.
public enum Targeting: String, CaseIterable, Codable, Sendable, HyperparameterType {
  /// The classes with the largest logits at the image first, as in AutoAttack.
  case confidence
  /// The classes first whose boundary with the label would be nearest, were the model linear:
  ///
  ///     (z_y − z_i) / ‖∇(z_i − z_y)‖      in the dual norm, among the 100 classes with the largest logits
  ///
  /// Melamed, Yehudai and Shamir, *MALT powers up adversarial attacks*, arXiv 2407.02240. Their code puts classes with a
  /// zero gradient first; here they come last.
  case malt

  private static let considered = 100

  /// The classes to try for every example, most promising first, without its label.
  ///
  /// - Parameters:
  ///   - task: The examples.
  ///   - labels: The class that each is to leave.
  ///   - count: How many classes to try at most.
  ///   - logits: The logits of the images.
  ///   - model: The model.
  /// - Returns: As many classes for every example.
  /// - Throws: What the model throws.
  package func targets(
    of task: AttackTask, labels: [Int], count: Int, logits: Tensor<Float>, model: AttackedModel
  ) throws -> [[Int]] {
    let classes = logits.withUnsafeScalars { scalars in
      labels.enumerated().map { row, label in
        let values = UnsafeBufferPointer(rebasing: scalars[row * logits.exampleSize..<(row + 1) * logits.exampleSize])
        return values.indices.filter { $0 != label }.map { ($0, values[$0].isNaN ? -.infinity : values[$0]) }
          .sorted { ($1.1, $0.0) < ($0.1, $1.0) }.map(\.0)
      }
    }
    switch self {
    case .confidence: return classes.map { Array($0.prefix(count)) }
    case .malt:
      let candidates = classes.map { Array($0.prefix(Self.considered)) }
      let distances = try distances(to: candidates, task, labels: labels, logits: logits, model: model)
      return zip(candidates, distances).map { candidates, distances in
        let order = candidates.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }
        return order.prefix(count).map { candidates[$0] }
      }
    }
  }

  /// The distance of each candidate's boundary by the gradients at the image; infinite where there is none, or no query
  /// left for it.
  private func distances(
    to candidates: [[Int]], _ task: AttackTask, labels: [Int], logits: Tensor<Float>, model: AttackedModel
  ) throws -> [[Float]] {
    var distances = candidates.map { $0.map { _ in Float.infinity } }
    guard let dual = task.threat.norm.dual else { return distances }
    for place in 0..<(candidates.first?.count ?? 0) {
      let rows = task.affordable(Array(task.ids.indices), by: model.queried)
      guard !rows.isEmpty else { break }
      let part = task.gathering(rows)
      let (_, gradient) = try part.gradient(
        at: part.images, ofLogits: rows.map { candidates[$0][place] }, minus: rows.map { labels[$0] }, model: model)
      let slopes = dual.distances(from: Tensor(shape: gradient.shape), to: gradient)
      for (slope, row) in zip(slopes, rows) where slope > 0 {
        let classes = row * logits.exampleSize
        let gap = logits.scalars[classes + labels[row]] - logits.scalars[classes + candidates[row][place]]
        distances[row][place] = (gap / slope).isNaN ? .infinity : gap / slope
      }
    }
    return distances
  }
}
