package import Networks

/// The shortest way from a point, within the box of valid pixels, to where a linear function is zero.
///
///     minimise ‖d‖  subject to  w · d = −v  and  lower ≤ point + d ≤ upper
///
/// v is the value of the function at the point, w its gradient. Where the box holds no zero every scalar goes to the end
/// of the box on the right side, which is as near to zero as the function gets. Exact in L∞, L2 and L1, by sums in double
/// precision: with |d| = min(λ, room) in L∞ and min(λ |w|, room) in L2, what is gained, Σ |w| |d|, is concave and
/// piecewise linear in λ, so that Newton's method from 0 comes from below and arrives; in L1 the scalars with the largest
/// |w| use up their room, one after the other. A scalar whose gradient is not finite does not move.
package struct BoundaryProjection {
  /// What is minimised.
  package let norm: Norm
  private let lowers: [Float]
  private let uppers: [Float]

  /// Projections for examples of one shape; for L0, which the attacks here do not have, those of L1.
  package init(norm: Norm, box: PixelBox, of example: Shape) {
    self.norm = norm
    let runs = box.runs(of: example.batched(1))
    lowers = runs.flatMap { repeatElement($0.range.lowerBound, count: $0.indices.count) }
    uppers = runs.flatMap { repeatElement($0.range.upperBound, count: $0.indices.count) }
  }

  /// A value put into the box.
  @inline(__always)
  func boxed(_ value: Double, _ index: Int) -> Float {
    let rounded = Float(value)
    let raised = rounded < lowers[index] ? lowers[index] : rounded
    return uppers[index] < raised ? uppers[index] : raised
  }

  /// Writes the way from `point` to where the function is zero.
  ///
  /// - Parameters:
  ///   - point: Where the function has the value; in the box.
  ///   - value: The value, v.
  ///   - gradient: The gradient, w.
  ///   - way: Where the way goes, d.
  /// - Returns: The length of the way, in the norm.
  package func way(
    from point: UnsafeBufferPointer<Float>, value: Double, gradient: UnsafeBufferPointer<Float>,
    to way: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    guard value != 0, value.isFinite else {
      way.update(repeating: 0)
      return 0
    }
    writeRooms(point, gradient, falls: value > 0, to: way)
    switch norm {
    case .linf: shorten(way, gradient, needed: abs(value)) { _ in .one }
    case .l2: shorten(way, gradient, needed: abs(value)) { $0 }
    case .l1, .l0: keepSteepest(way, gradient, needed: abs(value))
    }
    return length(way)
  }

  /// How far, and in which direction, the box lets each scalar move so that the function falls, or rises.
  private func writeRooms(
    _ point: UnsafeBufferPointer<Float>, _ gradient: UnsafeBufferPointer<Float>, falls: Bool,
    to rooms: UnsafeMutableBufferPointer<Double>
  ) {
    for index in rooms.indices {
      let slope = gradient[index]
      let end = (slope > 0) == falls ? lowers[index] : uppers[index]
      rooms[index] = slope != 0 && slope.isFinite ? Double(end) - Double(point[index]) : 0
    }
  }

  /// Cuts every room down to λ times `rate` of the slope's size, with the λ for which the gain is what is needed.
  ///
  /// Four scalars at a time, without branches: half of the time of an attack on a boundary was spent here.
  private func shorten(
    _ rooms: UnsafeMutableBufferPointer<Double>, _ gradient: UnsafeBufferPointer<Float>, needed: Double,
    rate: (SIMD4<Double>) -> SIMD4<Double>
  ) {
    let quads = (rooms.count + 3) / 4
    withUnsafeTemporaryAllocation(of: SIMD4<Double>.self, capacity: 2 * quads) { scratch in
      scratch.initialize(repeating: .zero)
      let slopes = UnsafeMutableBufferPointer(rebasing: scratch[..<quads])
      let sizes = UnsafeMutableBufferPointer(rebasing: scratch[quads...])
      slopes.withMemoryRebound(to: Double.self) { slopes in
        sizes.withMemoryRebound(to: Double.self) { sizes in
          for index in rooms.indices where rooms[index] != 0 {
            (slopes[index], sizes[index]) = (abs(Double(gradient[index])), abs(rooms[index]))
          }
        }
      }
      guard let multiplier = multiplier(slopes, sizes, needed: needed, rate: rate) else { return }
      for quad in 0..<quads { sizes[quad] = pointwiseMin(multiplier * rate(slopes[quad]), sizes[quad]) }
      sizes.withMemoryRebound(to: Double.self) { sizes in
        for index in rooms.indices { rooms[index] = rooms[index] < 0 ? -sizes[index] : sizes[index] }
      }
    }
  }

  /// λ; nil where the box holds no zero.
  @inline(__always)
  private func multiplier(
    _ slopes: UnsafeMutableBufferPointer<SIMD4<Double>>, _ sizes: UnsafeMutableBufferPointer<SIMD4<Double>>,
    needed: Double, rate: (SIMD4<Double>) -> SIMD4<Double>
  ) -> Double? {
    var multiplier = 0.0
    while true {
      var (free, spent) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
      for quad in slopes.indices {
        let (slope, size) = (slopes[quad], sizes[quad])
        let rate = rate(slope)
        let isFree = multiplier * rate .< size
        free += (slope * rate).replacing(with: 0, where: .!isFree)
        spent += (slope * size).replacing(with: 0, where: isFree)
      }
      let gain = free.sum()
      guard gain > 0 else { return nil }
      let next = (needed - spent.sum()) / gain
      guard next > multiplier * (1 + 0x1p-50) else { return multiplier }
      multiplier = next
    }
  }

  /// Leaves the room of the scalars with the largest slopes, as many as are needed, and a part of the last one's.
  private func keepSteepest(
    _ rooms: UnsafeMutableBufferPointer<Double>, _ gradient: UnsafeBufferPointer<Float>, needed: Double
  ) {
    func gain(atLeast slope: Float) -> Double {
      var sum = 0.0
      for index in rooms.indices where abs(gradient[index]) >= slope {
        sum += rooms[index] == 0 ? 0 : abs(Double(gradient[index]) * rooms[index])
      }
      return sum
    }
    guard gain(atLeast: 0) > needed else { return }
    // The largest slope that is steep enough, bit by bit: the patterns of positive numbers are in their order.
    var pattern: UInt32 = 0
    for bit in (0..<31).reversed() {
      let next = pattern | 1 << UInt32(bit)
      if next <= Float.greatestFiniteMagnitude.bitPattern, gain(atLeast: Float(bitPattern: next)) >= needed {
        pattern = next
      }
    }
    let slope = Float(bitPattern: pattern)
    var left = needed - gain(atLeast: slope.nextUp)
    for index in rooms.indices where abs(gradient[index]) <= slope {
      guard abs(gradient[index]) == slope, slope > 0, left > 0 else {
        rooms[index] = 0
        continue
      }
      let size = min(left / Double(slope), abs(rooms[index]))
      left -= size * Double(slope)
      rooms[index] = rooms[index] < 0 ? -size : size
    }
  }

  private func length(_ way: UnsafeMutableBufferPointer<Double>) -> Double {
    var length = 0.0
    switch norm {
    case .linf: for index in way.indices { length = max(length, abs(way[index])) }
    case .l2:
      for index in way.indices { length += way[index] * way[index] }
      length = length.squareRoot()
    case .l1, .l0: for index in way.indices { length += abs(way[index]) }
    }
    return length
  }
}
