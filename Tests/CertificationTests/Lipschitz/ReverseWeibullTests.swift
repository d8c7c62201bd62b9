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
