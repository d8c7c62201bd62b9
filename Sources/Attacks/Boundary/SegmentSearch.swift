import Networks

/// What is nearer on the segment between an image and the adversarial point that was found.
extension BoundaryWalk {
  /// An end of a segment: its share of the way from the image, and the logits there.
  private struct End {
    let share: Double
    let logits: [Float]
  }

  /// The part of one example's segment that is searched, from what is not adversarial to what is.
  private struct Segment {
    let row: Int
    /// The class whose logit is compared with the label's; nil towards a target.
    var other: Int?
    var inner: End
    var outer: End

    /// Where the difference of the logits would be zero between the ends, were it linear.
    func crossing(_ goal: Goal) -> Double? {
      let low = value(inner.logits, goal)
      let high = value(outer.logits, goal)
      let share = -low / (high - low)
      guard low < 0, share > 0, share < 1 else { return nil }
      return inner.share + (outer.share - inner.share) * share
    }

    private func value(_ logits: [Float], _ goal: Goal) -> Double {
      if let other { return Double(logits[other]) - Double(logits[goal.classes[row]]) }
      let target = goal.classes[row]
      let others = logits.indices.filter { $0 != target }.map { Double(logits[$0]) }
      return Double(logits[target]) - (others.max() ?? 0)
    }
  }

  /// Searches the segments of the examples at `rows`, those with clean logits, for which a point was found.
  func search(
    _ nearest: inout NearestPoints, _ task: AttackTask, clean: Tensor<Float>, rows: [Int], model: AttackedModel
  ) throws {
    guard finalSearchSteps > 0 else { return }
    let ends = nearest.points
    let found = rows.indices.filter { nearest.distances[rows[$0]] > 0 && nearest.distances[rows[$0]] < .infinity }
    let open = Set(task.affordable(found.map { rows[$0] }, by: model.queried))
    let positions = found.filter { open.contains(rows[$0]) }
    let logits = try logits(task, ends, rows: positions.map { rows[$0] }, model: model)
    var segments = positions.enumerated().map { index, position in
      Segment(
        row: rows[position], other: other(logits[index], task.goal),
        inner: End(share: 0, logits: clean.examples(position..<position + 1).scalars),
        outer: End(share: 1, logits: logits[index]))
    }
    for _ in 0..<finalSearchSteps {
      try narrow(&segments, &nearest, task, ends: ends, model: model)
    }
  }

  /// Tries one point of each segment, and takes it as the new end on its side.
  private func narrow(
    _ segments: inout [Segment], _ nearest: inout NearestPoints, _ task: AttackTask, ends: Tensor<Float>,
    model: AttackedModel
  ) throws {
    let open = Set(task.affordable(segments.map(\.row), by: model.queried))
    segments = segments.filter { open.contains($0.row) && $0.crossing(task.goal) != nil }
    guard !segments.isEmpty else { return }
    let rows = segments.map(\.row)
    let shares = segments.map { $0.crossing(task.goal) ?? 1 }
    let points = between(task.images.gathering(rows), ends.gathering(rows), shares: shares)
    let part = task.gathering(rows)
    let logits = try part.logits(of: points, model: model.queried)
    let reached = part.goal.isReached(by: logits)
    nearest.enter(points, where: reached, rows: rows)
    for index in segments.indices {
      let own = logits.examples(index..<index + 1).scalars
      guard own.allSatisfy(\.isFinite) else { continue }
      let end = End(share: shares[index], logits: own)
      if reached[index] {
        (segments[index].outer, segments[index].other) = (end, other(own, task.goal))
      } else {
        segments[index].inner = end
      }
    }
  }

  private func logits(
    _ task: AttackTask, _ points: Tensor<Float>, rows: [Int], model: AttackedModel
  ) throws -> [[Float]] {
    guard !rows.isEmpty else { return [] }
    let logits = try task.gathering(rows).logits(of: points.gathering(rows), model: model.queried)
    return rows.indices.map { logits.examples($0..<$0 + 1).scalars }
  }

  /// The class of an adversarial point; none towards a target.
  private func other(_ logits: [Float], _ goal: Goal) -> Int? {
    goal.isTargeted ? nil : logits.indices.max { logits[$0] < logits[$1] }
  }

  /// The points that lie at a share of the way from image to end.
  private func between(_ images: Tensor<Float>, _ ends: Tensor<Float>, shares: [Double]) -> Tensor<Float> {
    var points = images
    let size = images.exampleSize
    ends.withUnsafeScalars { ends in
      points.withUnsafeMutableScalars { points in
        for index in points.indices {
          let image = Double(points[index])
          points[index] = Float(image + (Double(ends[index]) - image) * shares[index / size])
        }
      }
    }
    return points
  }
}
