/// The balls of one norm, one example at a time; a threat model picks the type by its norm.
///
/// All methods work on the intersection of the ball and the box of valid pixels, and every centre is a valid image.
protocol Ball {
  /// Replaces `point` by the nearest point, in the Euclidean sense, of the ball around `center` cut by the box.
  ///
  /// A point that is inside keeps its bits. A NaN stays: the evaluator finds and reports it.
  static func project(
    _ point: UnsafeMutableBufferPointer<Float>, around center: UnsafeBufferPointer<Float>, radius: Float,
    in box: some PixelEnds)

  /// Moves `point` by a step of size `stepSize` that raises a function with this gradient the most. The result may
  /// leave ball and box. Where the gradient is zero nothing moves.
  static func ascend(
    _ point: UnsafeMutableBufferPointer<Float>, along gradient: UnsafeBufferPointer<Float>, stepSize: Float,
    in box: some PixelEnds)

  /// Moves `point` from the centre to a random point of the ball.
  static func sample(
    _ point: UnsafeMutableBufferPointer<Float>, radius: Float, in box: some PixelEnds, stream: inout RandomStream)
}

/// A value clamped to a range; NaN stays NaN.
@inline(__always)
func clamp<Scalar: Comparable>(_ value: Scalar, _ lower: Scalar, _ upper: Scalar) -> Scalar {
  let below = value < lower ? lower : value
  return upper < below ? upper : below
}

/// `center + change` rounded towards the centre, so that rounding never lengthens a change.
@inline(__always)
func displaced(_ center: Float, by change: Double) -> Float {
  let rounded = Float(Double(center) + change)
  guard abs(Double(rounded) - Double(center)) > abs(change) else { return rounded }
  return change > 0 ? rounded.nextDown : rounded.nextUp
}

/// Relative slack within which a point counts as inside, so that the rounding of a sum of squares or of absolute
/// values in double precision does not move it: far below the resolution of single precision.
let insideSlack = 1e-12
