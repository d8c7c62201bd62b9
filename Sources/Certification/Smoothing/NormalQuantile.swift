import Glibc

/// The standard normal distribution.
public enum NormalDistribution {
  /// Two doubles that enclose the number which a standard normal variable stays below with probability `p`: infinite ends
  /// where p is 0 or 1, or so close that the C library's `erfc` leaves the normal doubles (10⁻³⁰⁰).
  ///
  /// Each end is a double at which the distribution function, with all that rounding may have done to it, was found to lie
  /// on the right side of `p`. They are a few units in the last place apart, of the quantile or of p near ½.
  ///
  /// - Precondition: `p` is from 0 to 1.
  public static func quantile(_ p: Double) -> Interval {
    precondition((0...1).contains(p), "expected a probability, found \(p)")
    // Both differences are exact where they decide: the first from ½ on, the second from ¼ to 1.
    let size = magnitude(tail: p > 0.5 ? 1 - p : p, centre: abs(p - 0.5))
    return p < 0.5 ? Interval(-size.upper, -size.lower) : size
  }

  private static let leastTail = 1e-300

  /// Encloses the z ≥ 0 beyond which lies `tail`, and from 0 to which lies `centre`.
  private static func magnitude(tail: Double, centre: Double) -> Interval {
    guard centre > 0 else { return Interval(0, 0) }
    guard tail >= leastTail else { return Interval(magnitude(tail: leastTail, centre: 0.5).lower, .infinity) }
    // In the centre erf has all its digits, in the tail erfc.
    let isCentral = tail > 0.25
    let lower = lastDouble(from: 0, below: 40) { z in
      isCentral
        ? erf(z * .sqrtOneHalf) * (1 + error) <= 2 * centre : erfc(z * .sqrtOneHalf) * (1 - error(at: z)) >= 2 * tail
    }
    let below = lastDouble(from: 0, below: 40) { z in
      isCentral
        ? erf(z * .sqrtOneHalf) * (1 - error) < 2 * centre : erfc(z * .sqrtOneHalf) * (1 + error(at: z)) > 2 * tail
    }
    return Interval(lower, below.nextUp)
  }

  /// The argument of erf has two roundings, and a condition number of at most 1; the C library promises one unit in the
  /// last place, counted as 4.
  private static let error = 12 * roundingUnit

  /// The condition number of erfc(z/√2) is below z² + 1; the C library promises 5 units in the last place, counted as 8.
  private static func error(at z: Double) -> Double { roundingUnit * (20 + 3 * z * z) }
}

extension Double {
  /// 1/√2.
  fileprivate static let sqrtOneHalf = 0.5.squareRoot()
}
