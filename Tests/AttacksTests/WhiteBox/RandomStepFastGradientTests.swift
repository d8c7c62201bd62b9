import Attacks
import Networks
import TestSupport
import Testing

/// Half of the radius along random signs, the other half along the gradient there. torchattacks' RFGSM goes on from there.
@Test func halfOfTheRadiusIsRandom() throws {
  let set = try #require(tinySet)
  let (candidates, seen) = try trace("r-fgsm")
  #expect(seen.count == 1)
  let moves = zip(seen[0].scalars, set.images.scalars).filter { $1 > 0.03 && $1 < 0.97 }.map { $0 - $1 }
  #expect(moves.allSatisfy { abs(abs($0) - 0.025) < 1e-7 })
  // Of n signs half are positive; four standard deviations.
  let ups = Double(moves.count { $0 > 0 })
  #expect(abs(ups - Double(moves.count) / 2) < 2 * Double(moves.count).squareRoot())
  let slope = try gradient(seen[0], set)
  let next = zip(zip(seen[0].scalars, slope), set.images.scalars).map { stepped($0.0, $0.1, 0.025, $1, 0.05) }
  #expect(differing(candidates, next) == 0)
}

@Test func aRandomStepBeyondTheRadiusIsCut() throws {
  let set = try #require(tinySet)
  let all = try trace("r-fgsm:start-step=3").candidates
  #expect(ThreatModel(norm: .linf, radius: 0.05).distances(from: set.images, to: all).allSatisfy { $0 <= 0.05 })
}
