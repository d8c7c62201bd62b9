import Glibc

/// The Euclidean ball.
enum L2Ball: Ball {
  /// The exact projection onto ball and box together.
  ///
  /// With v = point − center and the box a ≤ d ≤ b around the centre, the nearest change is d = clamp(s·v, a, b) with
  /// the one s of [0, 1] that gives ‖d‖ = radius. As a function of u = s², ‖d‖² = Σ min(u v², c²), where c is the end
  /// of the box on the side of v, is concave and piecewise linear: Newton's method from u = 0 comes from below and
  /// arrives exactly, when no further coordinate has reached its end. Rescaling into the ball and clipping afterwards,
  /// as is common, wastes part of the budget.
  static func project(
    _ point: UnsafeMutableBufferPointer<Float>, around center: UnsafeBufferPointer<Float>, radius: Float,
    in box: some PixelEnds
  ) {
    let budget = Double(radius) * Double(radius)
    guard squaredLength(point, center, box) > budget * (1 + insideSlack) else {
      for index in point.indices { point[index] = clamp(point[index], box.lower(index), box.upper(index)) }
      return
    }
    let factor = multiplier(point, center, box, budget: budget)
    for index in point.indices {
      let x = Double(center[index])
      let change = clamp(
        factor * (Double(point[index]) - x), Double(box.lower(index)) - x, Double(box.upper(index)) - x)
      point[index] = clamp(displaced(center[index], by: change), box.lower(index), box.upper(index))
    }
  }

  private static func squaredLength(
    _ point: UnsafeMutableBufferPointer<Float>, _ center: UnsafeBufferPointer<Float>,
    _ box: some PixelEnds
  ) -> Double {
    var sum = 0.0
    for index in point.indices {
      let boxed = clamp(Double(point[index]), Double(box.lower(index)), Double(box.upper(index)))
      let change = boxed - Double(center[index])
      sum += change * change
    }
    return sum
  }

  private static func multiplier(
    _ point: UnsafeMutableBufferPointer<Float>, _ center: UnsafeBufferPointer<Float>,
    _ box: some PixelEnds, budget: Double
  ) -> Double {
    var u = 0.0
    while true {
      var free = 0.0
      var spent = 0.0
      for index in point.indices {
        let change = Double(point[index]) - Double(center[index])
        let end = (change > 0 ? Double(box.upper(index)) : Double(box.lower(index))) - Double(center[index])
        if u * change * change < end * end { free += change * change } else { spent += end * end }
      }
      let next = free > 0 ? max(0, budget - spent) / free : u
      guard next > u * (1 + 0x1p-50) else { return max(u, next).squareRoot() }
      u = next
    }
  }

  /// The step along the gradient, whatever its length: the sums are in double precision, where the square of no
  /// single-precision number overflows or vanishes.
  static func ascend(
    _ point: UnsafeMutableBufferPointer<Float>, along gradient: UnsafeBufferPointer<Float>, stepSize: Float,
    in box: some PixelEnds
  ) {
    var sum = 0.0
    for value in gradient { sum += Double(value) * Double(value) }
    guard sum > 0, sum.isFinite else { return }
    let factor = Double(stepSize) / sum.squareRoot()
    for index in point.indices { point[index] = Float(Double(point[index]) + factor * Double(gradient[index])) }
  }

  /// Uniform in the ball: a direction from normal numbers, a radius whose d-th power is uniform.
  static func sample(
    _ point: UnsafeMutableBufferPointer<Float>, radius: Float, in box: some PixelEnds, stream: inout RandomStream
  ) {
    let direction = point.map { _ in Double(stream.normal()) }
    let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let share = pow(Double(stream.uniform()), 1 / Double(max(point.count, 1)))
    let factor = length > 0 ? Double(radius) * share / length : 0
    for index in point.indices { point[index] = Float(Double(point[index]) + factor * direction[index]) }
  }
}
