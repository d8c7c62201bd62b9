import Networks

/// The steps of APGD in L∞ and L2:
///
///     z = P(x + η · step(∇L(x)))        η = 2 ε at first, halved by `StepHalving`
///     x ← P(x + a (z − x) + (1 − a) (x − x₋))      a = 1 for the first step, then 0.75
///
/// In L2 the reference implementation rescales into the ball and then clips to the box, so that its points may lie inside
/// of both; it is so here, for its iterates, in the place of the exact projection.
struct MomentumRule: AscentRule {
  private let threat: ThreatModel
  private var radii: [Float]
  private var halving: StepHalving
  private var previous: Tensor<Float>

  /// Steps within balls of these radii.
  init(_ threat: ThreatModel, radii: [Float], start: Tensor<Float>, steps: Int, share: Float) {
    self.threat = threat
    self.radii = radii
    previous = start
    halving = StepHalving(sizes: radii.map { 2 * $0 }, steps: steps, share: share)
  }

  var stepSizes: [Float] { halving.sizes }

  mutating func moved(_ ascent: Ascent, isFirst: Bool) -> Tensor<Float> {
    let centers = ascent.active.task.images
    var points = ascent.active.points
    threat.step(&points, along: ascent.memory.gradient, stepSizes: halving.sizes)
    threat.rescale(&points, around: centers, radii: radii)
    combine(&points, ascent.active.points, weight: isFirst ? 1 : 0.75)
    threat.rescale(&points, around: centers, radii: radii)
    previous = ascent.active.points
    return points
  }

  /// Replaces z by x + a (z − x) + (1 − a) (x − x₋).
  private func combine(_ half: inout Tensor<Float>, _ points: Tensor<Float>, weight: Float) {
    half.withUnsafeMutableScalars { half in
      points.withUnsafeScalars { points in
        previous.withUnsafeScalars { previous in
          for index in half.indices {
            let point = points[index]
            half[index] = point + (half[index] - point) * weight + (point - previous[index]) * (1 - weight)
          }
        }
      }
    }
  }

  mutating func stalled(_ ascent: Ascent) -> [Int] {
    halving.update(values: ascent.memory.values, bestValues: ascent.memory.bestValues)
  }

  mutating func keep(_ open: [Int]) {
    radii = open.map { radii[$0] }
    halving.keep(open)
    previous = previous.gathering(open)
  }
}

extension ThreatModel {
  /// Puts every point into the ball of its own radius, then into the box: exactly in L∞ and L1, in L2 by rescaling and
  /// clipping.
  func rescale(_ points: inout Tensor<Float>, around centers: Tensor<Float>, radii: [Float]) {
    if norm == .l2 { shorten(&points, around: centers, radii: radii) }
    project(&points, around: centers, radii: radii)
  }

  private func shorten(_ points: inout Tensor<Float>, around centers: Tensor<Float>, radii: [Float]) {
    let size = points.exampleSize
    points.withUnsafeMutableScalars { points in
      centers.withUnsafeScalars { centers in
        for (row, radius) in radii.enumerated() {
          let range = row * size..<(row + 1) * size
          let point = UnsafeMutableBufferPointer(rebasing: points[range])
          let center = UnsafeBufferPointer(rebasing: centers[range])
          let length = norm.distance(from: center, to: UnsafeBufferPointer(point))
          guard length > Double(radius) else { continue }
          let factor = Double(radius) / length
          for index in point.indices {
            point[index] = Float(Double(center[index]) + factor * (Double(point[index]) - Double(center[index])))
          }
        }
      }
    }
  }
}
