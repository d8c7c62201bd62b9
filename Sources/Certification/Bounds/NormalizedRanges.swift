/// The range of `(x − mean) / √(variance + ε)` of every scalar of a group that shares mean and (biased) variance, as
/// layer, group and instance normalisation compute it, where scalar i lies in interval i; sound, not exact.
///
/// With c the distance of a scalar from the mean of the n scalars:
///
/// * c is linear, so that its range is known.
/// * The variance is at least c² / (n − 1), since the others' distances add up to −c. Together with its least value on
///   the box this bounds the quotient on the side away from zero, where it grows with c; never beyond √(n − 1).
/// * On the side toward zero the largest variance bounds it.
///
/// - Parameters:
///   - scalars: Where the scalars of the group lie.
///   - epsilon: What is added to the variance; 0 or more.
/// - Returns: One range for each scalar, before scale and shift.
package func normalizedRanges(_ scalars: [Interval], epsilon: Double) -> [Interval] {
  let count = Double(scalars.count)
  guard count > 1 else { return scalars.map { _ in Interval(0, 0) } }
  let cap = (count - 1).squareRoot().nextUp
  guard let spread = Spread(scalars) else { return scalars.map { _ in Interval(-cap, cap) } }
  /// The largest quotient for the largest distance. Eight half units in the last place for six operations.
  func largest(_ distance: Double) -> Double {
    guard distance > 0 else {
      return distance / (spread.variance.upper + Double.leastNormalMagnitude + epsilon).squareRoot() * (1 - 0x1p-50)
    }
    // What underflows must not make the denominator larger.
    let own = max(distance * distance / (count - 1) - Double.leastNormalMagnitude, 0)
    return min(distance / (max(spread.variance.lower, own) + epsilon).squareRoot() * (1 + 0x1p-50), cap)
  }
  return spread.distances.map { Interval(-largest(-$0.lower), largest($0.upper)) }
}

/// Bounds on the distances from the mean and on the variance of scalars that lie in intervals.
struct Spread {
  /// One for each scalar.
  let distances: [Interval]
  /// Bounds on the variance.
  let variance: Interval

  /// Nil if an end is infinite, not a number, or too large to be squared.
  init?(_ scalars: [Interval]) {
    let count = Double(scalars.count)
    let center = scalars.reduce(0) { $0 + ($1.lower / 2 + $1.upper / 2) / count }
    // Mean and variance are about the same center, so that errors are relative to the spread, not to the values.
    let shifted = scalars.map { Interval(($0.lower - center).nextDown, ($0.upper - center).nextUp) }
    let magnitude = shifted.reduce(0) { $0 + max(abs($1.lower), abs($1.upper)) }
    guard magnitude < 1e150 else { return nil }
    let lower = shifted.reduce(0) { $0 + $1.lower }
    let upper = shifted.reduce(0) { $0 + $1.upper }
    // A sum of n terms is off by n − 1 half units in the last place of the sum of their magnitudes; the few
    // operations after it have terms no larger than three times that. Counted as whole units.
    let rounding = 0x1p-52 * (count + 16) * magnitude / count + Double.leastNormalMagnitude
    distances = shifted.map { interval in
      let least = interval.lower - (upper - interval.upper + interval.lower) / count
      let largest = interval.upper - (lower - interval.lower + interval.upper) / count
      let (first, last) = (abs(interval.lower), abs(interval.upper))
      return Interval(least - rounding - 0x1p-51 * first, largest + rounding + 0x1p-51 * last)
    }
    variance = Interval(Self.leastVariance(shifted), Self.largestVariance(shifted))
  }

  /// The mean square about any one point is at least the variance.
  private static func largestVariance(_ scalars: [Interval]) -> Double {
    let count = Double(scalars.count)
    let sum = scalars.reduce(0) { $0 + max($1.lower * $1.lower, $1.upper * $1.upper) }
    return sum / count * (1 + (count + 8) * 0x1p-52) + Double.leastNormalMagnitude
  }

  /// The variance is the least mean square about a point t, so its least value is that over t of the mean squared
  /// distance of t from the intervals.
  ///
  /// That is convex in t. From wherever halving ends, the least value is lower by no more than the derivative there
  /// times the width of the stretch on which it must lie.
  private static func leastVariance(_ scalars: [Interval]) -> Double {
    let from = scalars.reduce(Double.infinity) { min($0, $1.upper) }
    let to = scalars.reduce(-Double.infinity) { max($0, $1.lower) }
    guard from < to else { return 0 }
    func pull(_ t: Double) -> Double { scalars.reduce(0) { $0 + max(t - $1.upper, 0) - max($1.lower - t, 0) } }
    var (a, b) = (from, to)
    for _ in 0..<60 {
      let t = a / 2 + b / 2
      if pull(t) < 0 { a = t } else { b = t }
    }
    let distances = scalars.map { max(a - $0.upper, $0.lower - a, 0) }
    let (sum, squares) = distances.reduce((0.0, 0.0)) { ($0.0 + $1, $0.1 + $1 * $1) }
    let unit = (Double(scalars.count) + 16) * 0x1p-52
    let loss = 2 * (abs(pull(a)) + unit * sum) * (to - from) * (1 + unit)
    return max((squares * (1 - unit) - loss) / Double(scalars.count) * (1 - 0x1p-50) - Double.leastNormalMagnitude, 0)
  }
}
