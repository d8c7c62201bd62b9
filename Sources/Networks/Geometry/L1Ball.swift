/// The cross-polytope: the absolute changes sum to the radius at most.
enum L1Ball: Ball {
  /// The exact projection onto ball and box together.
  ///
  /// With v = point − center and c the room between centre and box on the side of v, the nearest change has the sign
  /// of v and the size min(max(|v| − t, 0), c) with the one t ≥ 0 for which these sum to the radius. The sum falls
  /// with t and is piecewise linear; Newton's method finds t, kept inside a bracket by bisection.
  static func project(
    _ point: UnsafeMutableBufferPointer<Float>, around center: UnsafeBufferPointer<Float>, radius: Float,
    in box: some PixelEnds
  ) {
    let whole = sum(point, center, box, threshold: 0).total
    guard whole > Double(radius) * (1 + insideSlack) else {
      for index in point.indices { point[index] = clamp(point[index], box.lower(index), box.upper(index)) }
      return
    }
    let threshold = threshold(point, center, box, radius: Double(radius))
    for index in point.indices {
      let x = Double(center[index])
      let change = Double(point[index]) - x
      let size = max(abs(change) - threshold, 0)
      let moved = clamp(change > 0 ? size : -size, Double(box.lower(index)) - x, Double(box.upper(index)) - x)
      let result = displaced(center[index], by: moved)
      point[index] = change.isNaN ? .nan : clamp(result, box.lower(index), box.upper(index))
    }
  }

  /// The sum of the sizes at a threshold, and the number of coordinates whose size falls with it.
  private static func sum(
    _ point: UnsafeMutableBufferPointer<Float>, _ center: UnsafeBufferPointer<Float>,
    _ box: some PixelEnds, threshold: Double
  ) -> (total: Double, free: Double) {
    var total = 0.0
    var free = 0.0
    // Without branches: which coordinates fall below the threshold can't be predicted.
    for index in point.indices {
      let x = Double(center[index])
      let change = Double(point[index]) - x
      let room = change > 0 ? Double(box.upper(index)) - x : x - Double(box.lower(index))
      let size = max(abs(change) - threshold, 0)
      total += min(size, room)
      free += size > 0 && size < room ? 1 : 0
    }
    return (total, free)
  }

  private static func threshold(
    _ point: UnsafeMutableBufferPointer<Float>, _ center: UnsafeBufferPointer<Float>,
    _ box: some PixelEnds, radius: Double
  ) -> Double {
    var low = 0.0
    var high = point.indices.reduce(0.0) { max($0, abs(Double(point[$1]) - Double(center[$1]))) }
    var threshold = 0.0
    for round in 0..<200 where low < high {
      let (total, free) = sum(point, center, box, threshold: threshold)
      let excess = total - radius
      // Above the rounding of a sum of a million terms, and below what counts as inside.
      if abs(excess) <= 0.1 * insideSlack * radius { return threshold }
      if excess > 0 { low = threshold } else { high = threshold }
      let newton = free > 0 ? threshold + excess / free : high
      // Every third step halves the bracket, so that slow progress from one side can't go on.
      let next = round % 3 < 2 && newton > low && newton < high ? newton : low + (high - low) / 2
      guard next > low, next < high else { return high }
      threshold = next
    }
    return high
  }

  /// The steepest step puts everything on the coordinate with the largest gradient. What exceeds the room the box
  /// leaves there goes to the coordinate with the next largest, and so on.
  static func ascend(
    _ point: UnsafeMutableBufferPointer<Float>, along gradient: UnsafeBufferPointer<Float>, stepSize: Float,
    in box: some PixelEnds
  ) {
    var left = stepSize
    while left > 0, let index = steepestCoordinate(point, gradient, box) {
      let end = gradient[index] > 0 ? box.upper(index) : box.lower(index)
      let room = abs(end - point[index])
      if room > left {
        point[index] += gradient[index] > 0 ? left : -left
      } else {
        point[index] = end
      }
      left -= room
    }
  }

  /// The first of the coordinates with the largest gradient among those that the box lets move.
  private static func steepestCoordinate(
    _ point: UnsafeMutableBufferPointer<Float>, _ gradient: UnsafeBufferPointer<Float>, _ box: some PixelEnds
  ) -> Int? {
    var best: Int?
    var largest: Float = 0
    for index in point.indices where abs(gradient[index]) > largest {
      guard room(index, point[index], gradient[index], box) > 0 else { continue }
      best = index
      largest = abs(gradient[index])
    }
    return best
  }

  /// How far the box lets a coordinate follow its gradient; zero where the gradient is zero or NaN.
  @inline(__always)
  static func room(_ index: Int, _ value: Float, _ gradient: Float, _ box: some PixelEnds) -> Float {
    gradient > 0 ? box.upper(index) - value : (gradient < 0 ? value - box.lower(index) : 0)
  }

  /// Uniform in the ball: d + 1 exponential numbers over their sum are uniform on the simplex, and the first d of them
  /// with random signs uniform in the ball.
  static func sample(
    _ point: UnsafeMutableBufferPointer<Float>, radius: Float, in box: some PixelEnds, stream: inout RandomStream
  ) {
    let sizes = point.map { _ in Double(stream.exponential()) }
    let total = sizes.reduce(Double(stream.exponential()), +)
    let factor = total > 0 ? Double(radius) / total : 0
    for index in point.indices {
      let change = factor * sizes[index]
      point[index] = Float(Double(point[index]) + (stream.word() & 1 == 0 ? change : -change))
    }
  }
}
