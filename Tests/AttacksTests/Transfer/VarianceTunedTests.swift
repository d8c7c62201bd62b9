import Attacks
import Networks
import TestSupport
import Testing

/// By the points seen: the neighbours of each iterate lie within 3/2 ε, on both sides also at the ends of the pixel range,
/// and correct the gradient of the next.
@Test func theGradientIsCorrectedByThoseAroundTheLastPoint() throws {
  let set = try #require(tinySet)
  let (candidates, seen) = try trace("vmi-fgsm:steps=3,draws=2,step-size=0.01")
  #expect(seen.count == 9)
  var g = [Double](repeating: 0, count: set.images.scalars.count)
  var v = g
  let iterates = [seen[0], seen[3], seen[6], candidates]
  for step in 0..<3 {
    let own = try gradient(iterates[step], set)
    g = zip(g, overMean(zip(own, v).map { $0 + $1 }, size: 64)).map { $0 + $1 }
    let next = zip(zip(iterates[step].scalars, g), set.images.scalars).map { stepped($0.0, $0.1, 0.01, $1, 0.05) }
    #expect(differing(iterates[step + 1], next) == 0, "\(step)")
    let around = seen[3 * step + 1...3 * step + 2]
    for points in around { #expect(differing(points, iterates[step].scalars, within: 0.0751) == 0) }
    let sums = try around.map { try gradient($0, set) }
    v = own.indices.map { (sums[0][$0] + sums[1][$0]) / 2 - own[$0] }
  }
  #expect(seen[1].scalars.contains { $0 < -0.01 } && seen[1].scalars.contains { $0 > 1.01 })
  #expect(seen[1] != seen[2] && seen[1] != seen[4])
}

/// Every example has draws of its own, which torchattacks' generator gives too, and a batch does not change them.
@Test func drawsAreThoseOfTheExample() throws {
  let white = Tensor<Float>(shape: [2, 1, 8, 8], repeating: 0.5)
  let points = try trace("vmi-fgsm:steps=1,draws=1", on: nil, EvaluationSet(images: white, labels: [0, 0])).seen[1]
  #expect(points.examples(0..<1) != points.examples(1..<2))
}
