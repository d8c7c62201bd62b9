internal import Networks

/// How rounding errors are bounded.
///
/// A sum of n products that are rounded to the nearest number, in any order, lies within γ(n) times the sum of the
/// products' sizes of its exact value, γ(n) = n u / (1 − n u) with u = 2⁻⁵³ (Higham, *Accuracy and stability of numerical
/// algorithms*, section 3.1; Jeannerod and Rump, *Improved error bounds for inner products in floating-point
/// arithmetic*). A pass over a network computes nothing else. So one γ for the longest sum that any pass can make serves
/// for all of them, and what it multiplies is known beforehand: the products' sizes follow from the intervals in which the
/// network's values lie. A bound is moved outward by that much. Results too small for full precision add less than
/// `underflow`.
///
/// Two things are no rounding in this sense. A coefficient that underflows loses an absolute amount, which the scalar that it
/// multiplies may make large: a pass is charged `loss` for it. And what overflows is not known any more: +∞ is no lower
/// bound (`asLowerBound`).
struct Rounding: Sendable {
  /// γ for the longest sum.
  let gamma: Double

  /// More than all sums of numbers that underflow can be off.
  static let underflow = 1e-290

  /// More than all that coefficients of a node's inputs lose where they underflow: each is a sum of fewer than 2⁵⁰ products,
  /// and a product that underflows is off by 2⁻¹⁰⁷⁵ at most.
  static func loss(_ inputs: [NodeBounds]) -> Double {
    inputs.reduce(0) { $0 + $1.magnitudes.reduce(0, +) } * .leastNormalMagnitude
  }

  /// - Parameter terms: The number of products in the longest sum.
  init(terms: Int) {
    let share = Double(terms) * .roundoff
    // Rounded up: the terms of a network that fits into memory are far from 1 / u.
    gamma = share / (1 - share) * (1 + 0x1p-40)
  }
}

extension Double {
  /// A lower bound that was computed: −∞ for NaN, and for +∞, which comes from an overflow alone, and the number below it.
  var asLowerBound: Double { self < .greatestFiniteMagnitude ? self : -.infinity }

  /// a − b, rounded down.
  static func difference(roundedDown a: Double, _ b: Double) -> Double {
    let difference = a - b
    return isExact(a, -b, difference) ? difference : difference.nextDown
  }

  /// a + b, rounded up.
  static func sum(roundedUp a: Double, _ b: Double) -> Double {
    let sum = a + b
    return isExact(a, b, sum) ? sum : sum.nextUp
  }

  /// Whether a sum was not rounded (Knuth's two-sum: the error of a sum is a number).
  private static func isExact(_ a: Double, _ b: Double, _ sum: Double) -> Bool {
    let second = sum - a
    return (a - (sum - second)) + (b - second) == 0
  }
}
