/// The least concave function above an activation, or above its negative, on a finite interval.
///
/// Among all lines above a function, the one with the least area between them on an interval is the one that is lowest
/// at the interval's middle, and that is the line that supports the concave envelope there. So one method serves every
/// function whose curvature is known: on a convex stretch the line is the chord, on a concave one the tangent at the
/// middle, for an S-shaped function the tangent through an end.
///
/// The slope need not be exact: for any slope the intercept is found as an upper bound on f(x) − slope · x.
struct Envelope {
  private let shape: ActivationShape
  /// 1, or −1 for the activation's negative.
  private let sign: Double
  private let interval: Interval
  private let middle: Double

  init(_ shape: ActivationShape, sign: Double, on interval: Interval) {
    self.shape = shape
    self.sign = sign
    self.interval = interval
    middle = interval.lower / 2 + interval.upper / 2
  }

  /// The highest point over a line through zero.
  private struct Crest {
    /// Where it is, about.
    var point: Double
    /// Its height over the line, as computed.
    var height = -Double.infinity
    /// No point is higher than this.
    var bound = -Double.infinity

    /// How far the bound is above what was computed.
    var doubt: Double { bound - height }
  }

  /// The line that supports the envelope at the middle; nil if its intercept overflows.
  ///
  /// The tangent at the middle if it holds; else the middle lies under a straight part of the envelope. The chord
  /// between two points on either side of it is moved to the highest point above it, until there is none: Kelley's
  /// cutting planes, which here converge quadratically. Stopping early costs tightness only.
  var line: (slope: Double, intercept: Double)? {
    var slope = derivative(middle).value
    var crest = crest(over: slope)
    var (left, right) = (interval.lower, interval.upper)
    var gain = crest.height - height(middle, over: slope)
    for _ in 0..<40 {
      if gain <= 2 * crest.doubt { break }
      slope = (value(right).value - value(left).value) / (right - left)
      crest = self.crest(over: slope)
      gain = crest.height - max(height(left, over: slope), height(right, over: slope))
      if crest.point == middle || crest.point == left || crest.point == right { break }
      if crest.point < middle { left = crest.point } else { right = crest.point }
    }
    return slope.isFinite && crest.bound.isFinite ? (slope, crest.bound) : nil
  }

  /// No value of the function on the interval is higher than this over the line through zero with a slope.
  func height(aboveSlope slope: Double) -> Double { crest(over: slope).bound }

  /// The highest point over a line through zero among the ends of all stretches and, on concave ones, inside.
  private func crest(over slope: Double) -> Crest {
    var crest = Crest(point: interval.lower)
    include(interval.lower, in: &crest, over: slope)
    var from = interval.lower
    for (place, curvature) in shape.curvatures.enumerated() {
      let end = place < shape.knots.count ? shape.knots[place] : .infinity
      if end <= from { continue }
      let to = min(end, interval.upper)
      include(to, in: &crest, over: slope)
      if (sign < 0 ? curvature.mirrored : curvature) == .concave {
        let point = touchingPoint(slope: slope, from: from, to: to)
        include(point, in: &crest, over: slope, excess: excess(at: point, over: slope, from: from, to: to))
      }
      from = to
      if to == interval.upper { break }
    }
    return crest
  }

  /// Takes a point into account.
  ///
  /// The product and the difference are rounded, by no more than 2⁻⁵³ of the magnitudes each; eight times that also
  /// covers the sums here. What is no number has overflowed.
  private func include(_ x: Double, in crest: inout Crest, over slope: Double, excess: Double = 0) {
    let value = value(x)
    let product = slope * x
    let height = value.value - product
    let rounding = 0x1p-50 * (abs(value.value) + abs(product)) + Double.leastNormalMagnitude
    // Where all is exact and the line level there is nothing to round.
    let isExact = product == 0 && value.error == 0 && excess == 0
    let bound = isExact ? height : height + (value.error + rounding + excess)
    if height > crest.height { (crest.height, crest.point) = (height, x) }
    crest.bound = bound.isNaN ? .infinity : max(crest.bound, bound)
  }

  /// How much higher than at a point the function may be over the line on a concave stretch around the point.
  ///
  /// A concave function lies below its tangents: f(x) − slope · x is no larger than at the point by more than
  /// (f′(point) − slope) · (x − point). So the point may be inexact, and this is small where it is nearly the highest.
  private func excess(at point: Double, over slope: Double, from: Double, to: Double) -> Double {
    let derivative = derivative(point)
    let right = (derivative.upper - slope) * (to - point)
    let left = (slope - derivative.lower) * (point - from)
    return max(right, left, 0) * (1 + 0x1p-50)
  }

  private func value(_ x: Double) -> Approximation {
    sign < 0 ? -shape.activation.value(x) : shape.activation.value(x)
  }

  private func derivative(_ x: Double) -> Approximation {
    sign < 0 ? -shape.activation.derivative(x) : shape.activation.derivative(x)
  }

  private func height(_ x: Double, over slope: Double) -> Double { value(x).value - slope * x }

  /// Where the derivative, which falls on a concave stretch, takes a value; the nearer end if it does not.
  ///
  /// By Chandrupatla's method (Advances in Engineering Software 28, 1997): inverse quadratic interpolation where it is
  /// safe, else halving. All functions are straight to double precision beyond ±1000, so no search goes there.
  private func touchingPoint(slope: Double, from: Double, to: Double) -> Double {
    func difference(_ x: Double) -> Double {
      let derivative = derivative(x)
      let difference = derivative.value - slope
      return abs(difference) <= derivative.error / 8 ? 0 : difference
    }
    if middle > from && middle < to && difference(middle) == 0 { return middle }
    if difference(from) <= 0 { return from }
    if difference(to) >= 0 { return to }
    var (a, b) = (min(max(from, -1000), to), max(min(to, 1000), from))
    if a >= b { return from < -1000 ? to : from }
    var (atA, atB) = (difference(a), difference(b))
    if atA <= 0 { return a }
    if atB >= 0 { return b }
    var share = 0.5
    for _ in 0..<100 {
      let x = a + share * (b - a)
      let atX = difference(x)
      let (c, atC) = (atX > 0) == (atA > 0) ? (a, atA) : (b, atB)
      if (atX > 0) != (atA > 0) { (b, atB) = (a, atA) }
      (a, atA) = (x, atX)
      let tolerance = 0x1p-52 * max(abs(a), abs(b)) / abs(b - a)
      if atX == 0 || tolerance > 0.5 { break }
      let (xi, phi) = ((a - b) / (c - b), (atA - atB) / (atC - atB))
      let isSafe = phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi
      let interpolated =
        atA / (atB - atA) * atC / (atB - atC) + (c - a) / (b - a) * atA / (atC - atA) * atB / (atC - atB)
      share = isSafe ? min(max(interpolated, tolerance), 1 - tolerance) : 0.5
    }
    return abs(atA) <= abs(atB) ? a : b
  }
}
