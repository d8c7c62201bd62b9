import Certification
import Glibc
import Testing

/// CERTIFY's answer where `votes` of 1000 samples are for class 0.
private func example(_ id: Int, label: Int, votes: Int) -> CertifiedExample {
  let certificate = Smoothing(sigma: 1).certificate(
    selection: VoteCounts(counts: [10, 0]), estimation: VoteCounts(counts: [votes, 1000 - votes]))
  return CertifiedExample(id: id, label: label, certificate: certificate)
}

private let examples = [
  example(0, label: 0, votes: 990), example(1, label: 0, votes: 900), example(2, label: 0, votes: 510),
  example(3, label: 1, votes: 1000), example(4, label: 0, votes: 700),
]

@Test func theCurveCountsImagesThatAreRightAndFarEnough() {
  let curve = CertifiedCurve(examples)
  let radii = [examples[4], examples[1], examples[0]].map(\.certificate.radius)
  #expect(curve.radii == radii && radii[0] > 0 && radii[0] < radii[1] && radii[1] < radii[2])
  // Of five images one is abstained of and one is wrong.
  #expect(curve.accuracy(at: 0) == 0.6 && curve.abstentionRate == 0.2)
  #expect(curve.accuracy(at: radii[0]) == 0.6 && curve.accuracy(at: radii[0].nextUp) == 0.4)
  #expect(curve.accuracy(at: radii[2]) == 0.2 && curve.accuracy(at: 10) == 0)
  #expect(abs(curve.averageRadius - (radii[0] + radii[1] + radii[2]) / 5) < 1e-15)
}

@Test func noImagesHaveNoAccuracy() {
  let curve = CertifiedCurve([])
  #expect(curve.accuracy(at: 0) == 0 && curve.averageRadius == 0 && curve.abstentionRate == 0)
  #expect(curve.confidenceInterval(at: 0) == Interval(0, 1) && curve.highProbabilityAccuracy(at: 0, alpha: 0.001) == 0)
}

@Test func theBandHoldsTheAccuracy() {
  let curve = CertifiedCurve(examples)
  let band = curve.confidenceInterval(at: 0, alpha: 0.05)
  // 3 of 5: the published 95 % interval of Clopper and Pearson, 14.7 % to 94.7 %.
  #expect(abs(band.lower - 0.1466) < 1e-4 && abs(band.upper - 0.9473) < 1e-4)
  #expect(curve.confidenceInterval(at: 10).lower == 0)
  // accuracy − α − √(α(1 − α)·log(1/ρ)/N) − log(1/ρ)/3N, by hand.
  let many = CertifiedCurve((0..<500).map { example($0, label: $0 % 10 == 0 ? 1 : 0, votes: 990) })
  let expected = 0.9 - 0.001 - (0.000999 * log(1000) / 500).squareRoot() - log(1000) / 1500
  #expect(abs(many.highProbabilityAccuracy(at: 0, alpha: 0.001) - expected) < 1e-15)
}
