import Certification
import Glibc
import Testing

/// The largest doubles that do not exceed the exact quantiles, from 60 decimal digits (mpmath).
private let exactQuantiles: [(p: Double, quantile: Double)] = [
  (1e-300, -0x1.286074064c26ep+5), (1e-20, -0x1.2865170b43a4dp+3), (0.001, -0x1.8b8cbb7204471p+1),
  (0.2, -0x1.aee8fa73a1333p-1), (0.25, -0x1.5956b87528a4ap-1), (0.4999, -0x1.06d6ca8553fc1p-12),
  (0.5001089517395878, 0x1.1e5e212a9da87p-12), (0.75, 0x1.5956b87528a49p-1), (0.7500001, 0x1.5956c3044baa5p-1),
  (0.9, 0x1.4813c36e26d33p+0), (0.975, 0x1.f5c0331eeff83p+0), (0.9999309248330094, 0x1.e7ddcf04f12e8p+1),
  (0.9999999999999999, 0x1.06b48528cea51p+3),
]

@Test(arguments: exactQuantiles) func theQuantileIsEnclosedWithinAFewUnits(p: Double, exact: Double) {
  let found = NormalDistribution.quantile(p)
  // The exact number lies between `exact` and the next double. In the centre, and in the tails from |z| = 0.67 on, the
  // errors allowed for, 12u and 20u + 3uz², are at most 20 units of z on either side.
  #expect(found.lower <= exact && found.upper >= exact.nextUp, "\(found) does not enclose \(exact)")
  #expect(exact - found.lower <= 20 * exact.ulp && found.upper - exact <= 20 * exact.ulp, "\(found) of \(exact)")
}

@Test func theQuantileIsOddAboutOneHalf() {
  #expect(NormalDistribution.quantile(0.5) == Interval(0, 0))
  // 1 − p is exact for these.
  for p in [0.75, 0.625, 0.5 + 0x1p-40, 1 - 0x1p-30, 1 - 0x1p-53] {
    let (above, below) = (NormalDistribution.quantile(p), NormalDistribution.quantile(1 - p))
    #expect(above == Interval(-below.upper, -below.lower), "\(p)")
  }
}

@Test func theQuantileGrowsFromTailToTail() {
  let tails = stride(from: -299.0, through: -1, by: 1).map { pow(10, $0) }
  let probabilities = tails + stride(from: 0.11, to: 1, by: 0.01) + [1 - 1e-3, 1 - 1e-9, 1 - 1e-15]
  let found = probabilities.map(NormalDistribution.quantile)
  #expect(zip(found, found.dropFirst()).allSatisfy { $0.upper < $1.lower })
}

@Test func probabilitiesBeyondTheDoublesHaveAnInfiniteEnd() {
  #expect(NormalDistribution.quantile(1).upper == .infinity)
  #expect(NormalDistribution.quantile(0).lower == -.infinity)
  // Φ⁻¹(10⁻³⁰⁰) = −37.047.
  #expect(abs(NormalDistribution.quantile(1).lower - 37.047) < 0.001)
  #expect(NormalDistribution.quantile(1e-305).lower == -.infinity)
}
