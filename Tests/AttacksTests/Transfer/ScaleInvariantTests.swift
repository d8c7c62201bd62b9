import Attacks
import Networks
import TestSupport
import Testing

/// The copies seen are y, y/2, y/4, and the sum of their gradients at x makes the step: each has the factor of its scale.
@Test func gradientsAreThoseThroughTheScales() throws {
  let set = try #require(tinySet)
  let (candidates, seen) = try trace("si-ni-fgsm:steps=1,scales=3,step-size=0.01")
  #expect(seen.count == 3)
  var sum = [Double](repeating: 0, count: set.images.scalars.count)
  for (scale, points) in seen.enumerated() {
    let factor: Float = [1, 0.5, 0.25][scale]
    #expect(differing(points, set.images.scalars.map { $0 * factor }) == 0)
    sum = zip(sum, try gradient(points, set)).map { $0 + Double(factor) * $1 }
  }
  let next = zip(set.images.scalars, sum).map { stepped($0, $1, 0.01, $0, 0.05) }
  #expect(differing(candidates, next) == 0)
}

@Test func oneScaleIsTheNesterovMethod() throws {
  #expect(try trace("si-ni-fgsm:scales=1").candidates == trace("ni-fgsm").candidates)
}

/// Darker means nearer to the lowest value, where that is not zero.
@Test func copiesAreDarkerInAnyRange() throws {
  let set = try #require(tinySet)
  let threat = ThreatModel(norm: .linf, radius: 0.05, bounds: -1...1)
  let seen = try trace("si-ni-fgsm:steps=1,scales=2", on: nil, set, threat).seen
  #expect(differing(seen[1], set.images.scalars.map { ($0 + 1) / 2 - 1 }) == 0)
}
