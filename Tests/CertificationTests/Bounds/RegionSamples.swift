import Certification
import Networks
import Reference

/// Points of a region at which a network's outputs may be least or largest.
struct RegionSamples {
  let region: InputRegion
  let model: ReferenceModel
  var generator: RandomStream

  /// The centre, corners, points inside and on the ball, and for some outputs where descent along the gradient leads.
  mutating func points(random: Int, descents: Int) -> [[Double]] {
    var points = [region.centerPoint] + (0..<random).map { randomPoint(sharp: $0 % 2 == 0) }
    let outputs = model.network.nodes[model.network.outputIndex].shape.count
    for descent in 0..<descents {
      let output = Int(generator.uniform() * Float(outputs))
      points += self.descent((0..<outputs).map { $0 != output ? 0 : descent % 2 == 0 ? 1 : -1 })
    }
    return points.map(inside)
  }

  /// A corner of the box, or a point inside; of a ball also one with few changed scalars.
  private mutating func randomPoint(sharp: Bool) -> [Double] {
    let share = region.ball == nil ? 1 : Double(generator.uniform())
    return region.lower.indices.map { place in
      let (lower, upper, center) = (region.lower[place], region.upper[place], region.centerPoint[place])
      guard Double(generator.uniform()) <= share * share else { return center }
      if sharp { return generator.uniform() < 0.5 ? lower : upper }
      let mix = Double(generator.uniform())
      return min(max(lower * (1 - mix) + upper * mix, lower), upper)
    }
  }

  /// Where a function's linear approximations are least: from the centre, and from half-way there.
  private func descent(_ function: [Double]) -> [[Double]] {
    var (point, found) = (region.centerPoint, [[Double]]())
    for _ in 0..<2 {
      let image = Tensor<Double>(shape: model.network.inputShape.batched(1), scalars: point)
      let cotangent = Tensor<Double>(
        shape: model.network.nodes[model.network.outputIndex].shape.batched(1), scalars: function)
      let gradient = model.pullback(at: image, cotangent: cotangent).inputGradient.scalars
      let next = region.minimizers(of: Rows(count: 1, width: gradient.count, scalars: gradient)).scalars
      found.append(next)
      point = zip(point, next).map { $0 / 2 + $1 / 2 }
    }
    return found
  }

  /// The point, moved toward the centre until it lies in the region in exact terms, but for the rounding of a sum.
  private func inside(_ point: [Double]) -> [Double] {
    var point = zip(point, zip(region.lower, region.upper)).map { min(max($0, $1.0), $1.1) }
    guard let ball = region.ball else { return point }
    for _ in 0..<200 {
      let changes = zip(point, ball.center).map { $0 - $1 }
      let length =
        ball.norm == .l1
        ? changes.reduce(0) { $0 + abs($1) } : changes.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > ball.radius * (1 - 1e-14) else { return point }
      let factor = ball.radius / length
      // A little less each time, so that rounding cannot keep it outside.
      point = zip(changes, ball.center).map { $1 + $0 * min(factor, 1) * (1 - 1e-3) }
      point = zip(point, zip(region.lower, region.upper)).map { min(max($0, $1.0), $1.1) }
    }
    return ball.center
  }
}

extension InputRegion {
  /// The middle of the box, or the centre of the ball.
  var centerPoint: [Double] { ball?.center ?? zip(lower, upper).map { $0 / 2 + $1 / 2 } }
}
