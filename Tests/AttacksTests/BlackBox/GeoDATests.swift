import Attacks
import Networks
import TestSupport
import Testing

/// 3,700 directions of 20 dimensions tell the normal up to an angle of √(20 π / 2 / 3700) = 0.09, and the way along it to a
/// plane boundary is the shortest one: 0.4 % too long in L2, and some more where pixels are at the ends of the box. In L∞ and
/// L1 errors change signs of small weights and the order of alike ones, each of which costs up to a few per cent.
@Test(arguments: [Norm.linf, .l2, .l1]) func theWayAlongTheNormalIsTheShortest(norm: Norm) throws {
  let ratios = try ratiosToOptimum(GeoDA(), norm: norm)
  #expect(ratios.count > 15)
  #expect(ratios.allSatisfy { $0 > 0.9999 && $0 < (norm == .l2 ? 1.05 : 1.2) } && ratios.median < 1.05, "\(ratios)")
}

/// ART's tolerance of 0.1 leaves points from which noise of this size does not reach the boundary: the normal is chance.
@Test func aCoarseToleranceHidesTheBoundary() throws {
  var coarse = GeoDA()
  coarse.tolerance = 0.1
  let (fine, other) = (try ratiosToOptimum(GeoDA(), norm: .l2), try ratiosToOptimum(coarse, norm: .l2))
  #expect(other.median > 1.2 * fine.median, "\(other.median)")
}

/// Noise of one frequency is the same in all pixels, and the way along it too.
@Test func frequenciesSpanTheSearch() throws {
  let model = LinearClassifier(
    inputShape: [1, 2, 3], weights: Tensor(shape: [2, 6], scalars: [0, 0, 0, 0, 0, 0, 3, 1, 2, 1, 1, 1]),
    biases: [4, 0])
  let set = try EvaluationSet(images: Tensor(shape: [4, 1, 2, 3], repeating: 0.2), labels: [0, 0, 0, 0])
  var attack = GeoDA(queries: 200)
  attack.frequencies = 1
  attack.tolerance = 1e-6
  let found = try evaluator().evaluateCandidates(
    of: attack, on: set, threat: ThreatModel(norm: .l2, radius: 10), model: model)
  // 9 c = 4 for all pixels c.
  for row in 0..<4 {
    let pixels = found.images.examples(row..<row + 1).scalars
    #expect(pixels.allSatisfy { abs($0 - 4 / 9) < 1e-5 }, "\(pixels)")
  }
}

@Test func senselessGeoDAParametersAreRefused() {
  let threat = ThreatModel(norm: .l2, radius: 1)
  var flat = GeoDA()
  flat.lambda = 0
  for attack in [GeoDA(queries: 0), GeoDA(queries: 1, sigma: 0), flat] {
    #expect(throws: AttackError.self) { try attack.validate(threat: threat, classCount: 2) }
  }
}
