/// The range on an interval of the function that is `x` where positive and `slope · x` elsewhere.
///
/// The product at a negative end is rounded once, so that the next number outward bounds it.
///
/// - Parameters:
///   - slope: That of the left half; any number of single precision.
///   - interval: Of the argument.
/// - Returns: The range; everything if an end is not a number or the ends are crossed.
@inline(__always)
package func rectifierRange(slope: Double, on interval: Interval) -> Interval {
  guard interval.lower <= interval.upper else { return Interval(-.infinity, .infinity) }
  func enclosure(_ x: Double) -> Interval {
    if x >= 0 { return Interval(x, x) }
    if slope == 0 { return Interval(0, 0) }
    return Interval((slope * x).nextDown, (slope * x).nextUp)
  }
  let (first, last) = (enclosure(interval.lower), enclosure(interval.upper))
  // With a falling left half the least value of a straddled interval is that at 0.
  let turn = slope < 0 && interval.lower < 0 && interval.upper > 0 ? 0 : first.lower
  return Interval(min(first.lower, last.lower, turn), max(first.upper, last.upper))
}

/// The product of a factor and a length, neither negative, rounded upward.
///
/// The factor is one rounded difference. With `v = 2⁻⁵³` the result before widening is at least `(1 − v)²` times the
/// exact one, less `2⁻¹⁰⁷⁵` where it underflows; widening by `4v` and one least number makes up for both and for its
/// own rounding. No length, however large, makes something of a factor 0.
@inline(__always)
private func productRoundedUp(_ factor: Double, _ length: Double) -> Double {
  factor == 0 ? 0 : factor * length * (1 + 0x1p-51) + Double.leastNonzeroMagnitude
}

/// Lines for the function that is `x` where positive and `slope · x` elsewhere: ReLU, leaky ReLU, parametric ReLU.
///
/// On a straddled interval the function is convex (`slope < 1`) or concave, so that a line lies on its outer side
/// everywhere once it does so at both ends. The chord's slope may therefore be rounded at will: with the rounded slope
/// `s` taken as exact, the intercept is the larger of the distances `|s − slope| · (−l)` and `|1 − s| · u` that the line
/// through zero would miss at the ends, rounded upward. On its inner side every line through zero with a slope from
/// `slope` to 1 holds.
///
/// - Parameters:
///   - slope: That of the left half; any number of single precision.
///   - interval: Where the lines must hold. Ends may be infinite.
///   - lowerSlope: The slope of the line on the inner side.
/// - Returns: The lines; infinitely far apart if an end is not a number or the ends are crossed.
@inline(__always)
package func rectifierLines(slope: Double, on interval: Interval, lowerSlope: LowerSlope) -> Lines {
  let (l, u) = (interval.lower, interval.upper)
  guard l <= u else { return Lines(level: Interval(-.infinity, .infinity)) }
  if l >= 0 || slope == 1 { return Lines(slope: 1) }
  if u <= 0 { return Lines(slope: slope) }
  let width = u - l
  let share = width < .infinity ? u / width : l == -.infinity ? 0 : u == .infinity ? 1 : 0.5
  let chord = min(max(slope + (1 - slope) * share, min(slope, 1)), max(slope, 1))
  let distance = max(productRoundedUp(abs(chord - slope), -l), productRoundedUp(abs(1 - chord), u))
  let inner: Double =
    switch lowerSlope {
    case .adaptive: chord > 0.5 ? 1 : slope
    case .same: chord
    case .zero: slope
    case .one: 1
    }
  return slope < 1
    ? Lines(lowerSlope: inner, lowerIntercept: 0, upperSlope: chord, upperIntercept: distance)
    : Lines(lowerSlope: chord, lowerIntercept: -distance, upperSlope: inner, upperIntercept: 0)
}
