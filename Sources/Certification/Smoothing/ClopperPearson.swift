/// Exact confidence bounds for the probability of success, from a count of successes.
///
/// Clopper and Pearson, *The use of confidence or fiducial limits illustrated in the case of the binomial*, Biometrika 1934.
public enum ClopperPearson {
  /// A number that the probability exceeds, save in a share `alpha` of all experiments: the p of which P(X ≥ k) = α, the α
  /// quantile of the beta distribution of k and n − k + 1; 0 where nothing succeeded or was tried.
  ///
  /// It is rounded downwards: the answer is the last double of which P(X ≥ k), plus all that rounding may have added, is
  /// found to be at most α. For α of at least 10⁻¹² it is within 2·10⁻¹⁴ of the exact bound, relatively, and for 50
  /// successes or more within 10 units in the last place.
  ///
  /// - Precondition: `successes` is in 0...`trials`, and `alpha` above 0 and at most ½.
  public static func lowerBound(successes: Int, of trials: Int, alpha: Double) -> Double {
    precondition(successes >= 0 && successes <= trials, "\(successes) successes out of \(trials)")
    precondition(alpha > 0 && alpha <= 0.5, "expected an error probability above 0 to 1/2, found \(alpha)")
    guard successes > 0 else { return 0 }
    // The median of X with mean k is k, so that P(X ≥ k) is at least ½ there.
    return lastDouble(from: 0, below: Double(successes) / Double(trials)) { probability in
      BinomialTail(atLeast: successes, of: trials, probability: probability).upperBound <= alpha
    }
  }

  /// A number that the probability stays below, save in a share `alpha` of all experiments; rounded upwards.
  ///
  /// - Precondition: As for `lowerBound`.
  public static func upperBound(successes: Int, of trials: Int, alpha: Double) -> Double {
    let failing = lowerBound(successes: trials - successes, of: trials, alpha: alpha)
    return failing == 0 ? 1 : (1 - failing).nextUp
  }
}

/// The exact test of whether two outcomes are equally likely.
public enum BinomialTest {
  /// The probability of a split at least as uneven as this one, if both outcomes have probability ½: two-sided, 1 for an
  /// even split or none. To a relative 10⁻¹² for up to 10⁵ outcomes.
  ///
  /// - Precondition: neither count is negative.
  public static func pValue(_ first: Int, _ second: Int) -> Double {
    let (larger, total) = (max(first, second), first + second)
    guard larger * 2 > total else { return 1 }
    return min(1, 2 * BinomialTail(atLeast: larger, of: total, probability: 0.5).value)
  }
}
