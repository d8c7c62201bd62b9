import Certification
import Glibc
import Networks
import Testing

@Test(arguments: [(3.0, 1.0, 4.0), (100.0, 0.5, 2.0), (0.0, 2.0, 3.0)])
func theFitFindsTheDistributionOfItsSample(end: Double, scale: Double, shape: Double) {
  var stream = RandomSource(seed: 5).stream(.check)
  // By inversion: F(x) = u for x = a − b·(−log u)^(1/c).
  let sample = (0..<5000).map { _ in end - scale * pow(Double(stream.exponential()), 1 / shape) }
  let fit = ReverseWeibull(fitting: sample)
  // Standard errors of the end of some b·n^(−1/2) to b·n^(−1/c) (shape 2: 1.4 %), and of the shape of some 5 %: three.
  #expect(fit.end >= sample.max() ?? 0 && abs(fit.end - end) < 0.1 * scale, "\(fit)")
  #expect(abs(fit.shape - shape) < 0.15 * shape && abs(fit.scale - scale) < 0.1 * scale, "\(fit)")
}

@Test func equalMaximaEndAtTheirValue() {
  #expect(ReverseWeibull(fitting: [2, 2, 2]).end == 2)
  #expect(ReverseWeibull(fitting: [0]).end == 0)
}

/// A Gumbel distribution has no end, and the likeliest one of its sample lies infinitely far away. SciPy's Nelder–Mead with the
/// authors' loss finds the shape 19 for 500 such numbers and the end 1.1 spreads beyond the largest; without the loss 4·10⁵ and
/// 4·10⁴ spreads. Samples differ by some half of that.
@Test func maximaWithoutAnEndKeepItNear() {
  var stream = RandomSource(seed: 7).stream(.check)
  let sample = (0..<500).map { _ in -log(Double(stream.exponential())) }
  let (least, largest) = (sample.min() ?? 0, sample.max() ?? 0)
  let fit = ReverseWeibull(fitting: sample)
  #expect(fit.shape > 9 && fit.shape < 30, "\(fit)")
  #expect(fit.end > largest && fit.end < largest + 2 * (largest - least), "\(fit)")
}
