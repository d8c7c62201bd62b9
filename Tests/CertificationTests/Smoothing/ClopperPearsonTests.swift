import Certification
import Glibc
import Testing

/// The largest doubles that do not exceed the exact bounds, from 60 decimal digits (mpmath).
private let exactLowerBounds: [(successes: Int, trials: Int, alpha: Double, bound: Double)] = [
  (1, 1, 0.05, 0x1.999999999999ap-5), (1, 3, 0.001, 0x1.5da453fcce355p-12), (2, 3, 0.25, 0x1.4e2f2c0fa463bp-2),
  (7, 10, 0.01, 0x1.303f4ceee0de1p-2), (50, 100, 0.001, 0x1.6112ba854a7bbp-2), (99, 100, 0.001, 0x1.d29f7f16f0c74p-1),
  (16, 33, 1e-06, 0x1.0d5e682ed9aaap-3), (1, 100000, 0.001, 0x1.57c4f088ec08fp-27),
  (550, 1000, 0.001, 0x1.00589974fb5c0p-1), (99000, 100000, 0.001, 0x1.fa5ccf9207197p-1),
  (99999, 100000, 0.001, 0x1.fff3e5e878eccp-1), (500300, 1_000_000, 1e-12, 0x1.fcb47f58e2076p-2),
  (999990, 1_000_000, 0.5, 0x1.fffe9a061ef93p-1),
]

@Test(arguments: exactLowerBounds) func theLowerBoundIsBelowTheExactOneByAFewUnits(
  successes: Int, trials: Int, alpha: Double, exact: Double
) {
  let bound = ClopperPearson.lowerBound(successes: successes, of: trials, alpha: alpha)
  // Soundness allows no unit in the last place upwards. Downwards the errors that are allowed for, some 100u of the tail,
  // are as much of the bound where few successes decide, and less by about the square root of their number else.
  let units = (exact - bound) / exact.ulp
  #expect(units >= 0 && units <= (successes < 50 ? 100 : 10), "\(units) units")
}

@Test func boundsOfHandCases() {
  #expect(ClopperPearson.lowerBound(successes: 0, of: 10, alpha: 0.05) == 0)
  #expect(ClopperPearson.upperBound(successes: 10, of: 10, alpha: 0.05) == 1)
  #expect(ClopperPearson.lowerBound(successes: 0, of: 0, alpha: 0.05) == 0)
  // n of n: αᵗ with t = 1/n. One of n: 1 − (1 − α)ᵗ. The first is rounded by the power of n; some 10 units of
  // slack. The second takes all that is allowed for in the tail, up to 300u.
  for (trials, alpha) in [(1, 0.05), (2, 0.25), (10, 0.001), (1000, 0.5), (100_000, 1e-9)] {
    let all = pow(alpha, 1 / Double(trials))
    let one = -expm1(log1p(-alpha) / Double(trials))
    let slack = 10 * 0x1p-53
    let boundOfAll = ClopperPearson.lowerBound(successes: trials, of: trials, alpha: alpha)
    #expect(boundOfAll <= all && all - boundOfAll <= slack * all, "\(trials) of \(trials)")
    let boundOfOne = ClopperPearson.lowerBound(successes: 1, of: trials, alpha: alpha)
    #expect(boundOfOne <= one * (1 + slack) && one - boundOfOne <= 30 * slack * one, "one of \(trials)")
    // The upper bound for no success mirrors the lower one for nothing else.
    let upper = ClopperPearson.upperBound(successes: 0, of: trials, alpha: alpha)
    #expect(upper >= 1 - all && upper - (1 - all) <= slack)
  }
  // An error probability beneath all that doubles can tell apart leaves no bound but 0.
  #expect(ClopperPearson.lowerBound(successes: 1, of: 1, alpha: 1e-300) == 0)
}

@Test func theLowerBoundGrowsWithSuccessesAndWithAlphaAndStaysBelowTheShare() {
  for trials in [1, 2, 7, 60] {
    for alpha in [1e-6, 0.001, 0.05, 0.5] {
      let bounds = (0...trials).map { ClopperPearson.lowerBound(successes: $0, of: trials, alpha: alpha) }
      #expect(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "\(trials), \(alpha): \(bounds)")
      #expect(bounds.enumerated().allSatisfy { $1 <= Double($0) / Double(trials) })
      let looser = (1...trials).map { ClopperPearson.lowerBound(successes: $0, of: trials, alpha: alpha / 2) }
      #expect(zip(bounds.dropFirst(), looser).allSatisfy { $0 > $1 })
    }
  }
}

@Test func pValuesOfHandCases() {
  #expect(BinomialTest.pValue(0, 0) == 1)
  #expect(BinomialTest.pValue(1, 0) == 1)
  #expect(BinomialTest.pValue(50, 50) == 1)
  #expect(BinomialTest.pValue(10, 0) == 0x1p-9)
  #expect(BinomialTest.pValue(0, 1000) == 0x1p-999)
  // 4 of 6: 2·(15 + 6 + 1)/64 = 44/64.
  #expect(abs(BinomialTest.pValue(4, 2) - 0.6875) < 1e-15)
  #expect(BinomialTest.pValue(4, 2) == BinomialTest.pValue(2, 4))
}
