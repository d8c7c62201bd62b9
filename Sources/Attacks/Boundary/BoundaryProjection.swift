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
  private let ranges: PixelRanges

  /// Projections for examples of one shape; for L0, which the attacks here do not have, those of L1.
  package init(norm: Norm, box: PixelBox, of example: Shape) {
    self.norm = norm
    ranges = PixelRanges(box, example: example)
  }

  /// A value put into the box.
  @inline(__always)
  func boxed(_ value: Double, _ index: Int) -> Float {
    let rounded = Float(value)
    let raised = rounded < ranges.lowers[index] ? ranges.lowers[index] : rounded
    return ranges.uppers[index] < raised ? ranges.uppers[index] : raised
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
    return ranges.lowers.withUnsafeBufferPointer { lowers in
      ranges.uppers.withUnsafeBufferPointer { uppers in
        let room = Room(point: point, gradient: gradient, lowers: lowers, uppers: uppers, falls: value > 0)
        switch norm {
        case .linf: return shorten(room, needed: abs(value), to: way) { _ in .one }
        case .l2: return shorten(room, needed: abs(value), to: way) { $0 }
        case .l1, .l0: return keepSteepest(room, needed: abs(value), to: way)
        }
      }
    }
  }

  /// How far, and in which direction, the box lets each scalar move so that the function falls, or rises.
  private struct Room {
    let point: UnsafeBufferPointer<Float>
    let gradient: UnsafeBufferPointer<Float>
    let lowers: UnsafeBufferPointer<Float>
    let uppers: UnsafeBufferPointer<Float>
    let falls: Bool

    /// The way to the end of the box.
    @inline(__always)
    subscript(index: Int) -> Double {
      let slope = gradient[index]
      let end = (slope > 0) == falls ? lowers[index] : uppers[index]
      let way = Double(end) - Double(point[index])
      return abs(slope) > 0 && abs(slope) < .infinity ? way : 0
    }
  }

  /// Every room cut down to λ times `rate` of the slope's size, with the λ for which the gain is what is needed.
  ///
  /// Four scalars at a time, without branches: a third of the time of an attack on a boundary was spent here.
  @inline(__always)
  private func shorten(
    _ room: Room, needed: Double, to way: UnsafeMutableBufferPointer<Double>, rate: (SIMD4<Double>) -> SIMD4<Double>
  ) -> Double {
    let quads = (way.count + 3) / 4
    return withUnsafeTemporaryAllocation(of: SIMD4<Double>.self, capacity: 2 * quads) { scratch in
      let slopes = UnsafeMutableBufferPointer(rebasing: scratch[..<quads])
      let sizes = UnsafeMutableBufferPointer(rebasing: scratch[quads...])
      scratch.withMemoryRebound(to: Double.self) { scalars in
        scalars.update(repeating: 0)
        for index in way.indices {
          let (size, slope) = (abs(room[index]), abs(Double(room.gradient[index])))
          scalars[index] = size > 0 ? slope : 0
          scalars[4 * quads + index] = size
        }
      }
      let multiplier = multiplier(slopes, sizes, needed: needed, rate: rate)
      var (largest, squares) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
      for quad in 0..<quads {
        var size = sizes[quad]
        if let multiplier {
          // The generic `pointwiseMin` goes scalar by scalar.
          let share = multiplier * rate(slopes[quad])
          size.replace(with: share, where: share .< size)
        }
        largest.replace(with: size, where: largest .< size)
        squares += size * size
        sizes[quad] = size
      }
      sizes.withMemoryRebound(to: Double.self) { sizes in
        for index in way.indices {
          way[index] = (room.gradient[index] > 0) == room.falls ? -sizes[index] : sizes[index]
        }
      }
      return norm == .linf ? largest.max() : squares.sum().squareRoot()
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
        free += SIMD4<Double>.zero.replacing(with: slope * rate, where: isFree)
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
    _ room: Room, needed: Double, to way: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    for index in way.indices { way[index] = room[index] }
    cut(way, room.gradient, needed: needed)
    var length = 0.0
    for index in way.indices { length += abs(way[index]) }
    return length
  }

  /// Leaves what is needed of the rooms.
  private func cut(
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
}
