/// The hypercube: every scalar may change by the radius.
enum LinfBall: Ball {
  static func project(
    _ point: UnsafeMutableBufferPointer<Float>, around center: UnsafeBufferPointer<Float>, radius: Float,
    in box: some PixelEnds
  ) {
    for index in point.indices {
      point[index] = confined(point[index], around: center[index], radius: radius, box.lower(index), box.upper(index))
    }
  }

  /// The step along the sign of the gradient; zero and NaN have no sign.
  static func ascend(
    _ point: UnsafeMutableBufferPointer<Float>, along gradient: UnsafeBufferPointer<Float>, stepSize: Float,
    in box: some PixelEnds
  ) {
    for index in point.indices { point[index] += signed(stepSize, gradient[index]) }
  }

  /// Step and projection in one pass over whole batches with one range: the inner loop of most attacks.
  static func ascendAndProject(
    _ points: UnsafeMutableBufferPointer<Float>, along gradient: UnsafeBufferPointer<Float>, stepSize: Float,
    around centers: UnsafeBufferPointer<Float>, radius: Float, in box: UniformEnds
  ) {
    for index in 0..<points.count {
      let moved = points[index] + signed(stepSize, gradient[index])
      points[index] = confined(moved, around: centers[index], radius: radius, box.lower(index), box.upper(index))
    }
  }

  /// Uniform in the hypercube.
  static func sample(
    _ point: UnsafeMutableBufferPointer<Float>, radius: Float, in box: some PixelEnds, stream: inout RandomStream
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: point.count) { numbers in
      stream.fillUniform(numbers)
      for index in point.indices { point[index] += min(2 * radius * numbers[index] - radius, radius) }
    }
  }

  @inline(__always)
  private static func signed(_ size: Float, _ gradient: Float) -> Float {
    gradient > 0 ? size : (gradient < 0 ? -size : 0)
  }

  /// The nearest value within the radius, as a subtraction in single precision measures it, and within the bounds.
  ///
  /// `center ± radius` rounds, and what it rounds to may lie too far out; then the next number inwards does not.
  /// Subtracting 2⁻²⁴ of the magnitude gives that number (for a normal one) and, unlike `nextDown`, vectorises.
  @inline(__always)
  private static func confined(
    _ value: Float, around center: Float, radius: Float, _ least: Float, _ most: Float
  ) -> Float {
    var upper = center + radius
    upper = upper - center > radius ? upper - abs(upper) * 0x1p-24 : upper
    var lower = center - radius
    lower = center - lower > radius ? lower + abs(lower) * 0x1p-24 : lower
    return clamp(clamp(value, lower, upper), least, most)
  }
}
