import Glibc

/// P(X ≥ k), where X counts the successes of n independent trials that succeed with probability p ≤ k/n each.
///
/// Loader's form of the density (*Fast and accurate computation of binomial probabilities*, 2000), with s for the error of
/// Stirling's formula and D(x, m) = x·log(x/m) + m − x for the deviance:
///
///     P(X = k) = √(n / 2πk(n−k)) · exp(s(n) − s(k) − s(n−k) − D(k, np) − D(n−k, n(1−p)))
///     P(X ≥ k) = P(X = k) · (1 + r₁ + r₁r₂ + …),   rⱼ = (n−k−j+1)/(k+j) · p/(1−p) < 1
///
/// Nothing cancels: the terms of the sum are positive, and so are the deviances. No gamma function is needed, whose error
/// would grow with n.
struct BinomialTail {
  /// P(X ≥ k), as computed.
  let value: Double
  /// What rounding may have changed of it, relatively, where it is at least `least`.
  let relativeError: Double

  /// Below it nothing is said but that: a density may have lost digits or all of itself beneath the normal doubles.
  static let least = 1e-290

  /// A number that P(X ≥ k) certainly does not exceed.
  var upperBound: Double { max(value, Self.least) * (1 + relativeError) }

  /// The probability of at least `successes` successes, at least one, out of `trials`.
  ///
  /// - Precondition: `successes` is in 1...`trials`, and `probability` above 0 and at most their quotient.
  init(atLeast successes: Int, of trials: Int, probability: Double) {
    precondition((1...trials).contains(successes), "\(successes) of \(trials)")
    guard successes < trials else {
      // The C library promises `pow` to a unit in the last place, which is 2u.
      (value, relativeError) = (pow(probability, Double(trials)), 4 * roundingUnit)
      return
    }
    let density = BinomialDensity(successes, of: trials, probability: probability)
    let sum = Self.sumOfRatios(from: successes, of: trials, odds: probability / (1 - probability))
    value = density.value * sum.value
    // What was left out of the sum is 1u; the product and the bound itself take the rest of 8u.
    relativeError = density.relativeError + sum.relativeError + 8 * roundingUnit
  }

  /// 1 + r₁ + r₁r₂ + …, up to where what is left changes it by less than u: the ratios fall, so a geometric series
  /// bounds the rest.
  ///
  /// Every ratio has 3 roundings and the 2 of the odds, so that term j is off by 5j·u, counted as 6j·u; each addition adds
  /// 1u.
  private static func sumOfRatios(
    from successes: Int, of trials: Int, odds: Double
  ) -> (value: Double, relativeError: Double) {
    var (sum, term, moment, last) = (1.0, 1.0, 0.0, 0)
    for further in 1..<trials - successes + 1 {
      let ratio = Double(trials - successes - further + 1) / Double(successes + further) * odds
      term *= ratio
      sum += term
      moment += Double(further) * term
      last = further
      if ratio < 1, term * ratio < sum * (1 - ratio) * (roundingUnit / 2) { break }
    }
    return (sum, roundingUnit * (6 * moment / sum + Double(last)))
  }
}

/// P(X = k) for 0 < k < n, with a bound on its relative error.
private struct BinomialDensity {
  let value: Double
  let relativeError: Double

  init(_ successes: Int, of trials: Int, probability: Double) {
    let (n, k, rest) = (Double(trials), Double(successes), Double(trials - successes))
    // Rounded once, by a fused multiply-add.
    let excess = k.addingProduct(-n, probability)
    let succeeding = Deviance(of: k, from: n * probability, difference: excess)
    let failing = Deviance(of: rest, from: n * (1 - probability), difference: -excess)
    let stirling = stirlingError(trials) - stirlingError(successes) - stirlingError(trials - successes)
    let deviance = succeeding.value + failing.value
    value = (n / (2 * .pi * k * rest)).squareRoot() * exp(stirling - deviance)
    // 2 roundings of sums of the deviances' size; 4u of Stirling's errors and their sum, 4u of the root, 4u of the
    // exponential (2 units in the last place), and products.
    relativeError = roundingUnit * (2 * deviance + 16) + succeeding.error + failing.error
  }
}

/// D(x, m) = x·log(x/m) + m − x = x·(t − log(1 + t)), where t = (m − x)/x, with a bound on its absolute error.
private struct Deviance {
  let value: Double
  let error: Double

  /// - Parameters:
  ///   - count: x, exact.
  ///   - mean: m, with two roundings at most.
  ///   - difference: x − m, rounded once.
  init(of count: Double, from mean: Double, difference: Double) {
    let t = -difference / count
    if abs(t) <= 0.5 {
      value = count * differenceFromLogarithm(t)
      // The condition number is at most 2.6 for t ≥ −½, and t has two roundings; the series and the product take 10 more.
      error = 16 * roundingUnit * value
    } else {
      // Near −1 the quotient has the digits that 1 + t has lost. Either logarithm is good to 2 units in the last place,
      // and its argument's roundings add 3u at most; t has 2, the difference and the product one each.
      let logarithm = t < 0 ? log(mean / count) : log1p(t)
      value = count * (t - logarithm)
      error = count * roundingUnit * (4 * abs(t) + 6 * abs(logarithm) + 4)
    }
  }
}

/// t − log(1 + t) for |t| ≤ ½, without cancellation: with y = t/(2 + t) it is y·(t − 2y²·(1/3 + y²/5 + y⁴/7 + …)).
private func differenceFromLogarithm(_ t: Double) -> Double {
  let y = t / (2 + t)
  let square = y * y
  // y² is at most 1/9, so that 18 terms reach 2⁻⁵⁷.
  var sum = 0.0
  for power in stride(from: 37.0, through: 3, by: -2) { sum = sum * square + 1 / power }
  return y * (t - 2 * square * sum)
}

/// log(n!) − log(√(2πn)·(n/e)ⁿ), to 2⁻⁵³ absolutely: from a table, or by Stirling's series, whose error is below the first
/// term left out, 1.9·10⁻³/n¹¹.
private func stirlingError(_ n: Int) -> Double {
  guard n > smallStirlingErrors.count else { return smallStirlingErrors[n - 1] }
  let x = Double(n)
  let square = x * x
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / x
}

/// Of 1 to 16, from 60 decimal digits.
private let smallStirlingErrors = [
  0.08106146679532726, 0.0413406959554093, 0.02767792568499834, 0.020790672103765093, 0.016644691189821193,
  0.013876128823070748, 0.01189670994589177, 0.010411265261972096, 0.009255462182712733, 0.00833056343336287,
  0.007573675487951841, 0.00694284010720953, 0.006408994188004207, 0.0059513701127588475, 0.005554733551962801,
  0.0052076559196096404,
]
