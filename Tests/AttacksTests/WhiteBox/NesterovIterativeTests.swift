import Attacks
import Networks
import TestSupport
import Testing

/// The gradient is taken α μ g ahead, g being of mean absolute value 1 for each gradient in it, also outside the box.
@Test func theGradientIsTakenWhereMomentumLeads() throws {
  let set = try #require(tinySet)
  let (candidates, seen) = try trace("ni-fgsm:steps=4,decay=0.5")
  let alpha: Float = 0.05 / 4
  var g = [Double](repeating: 0, count: set.images.scalars.count)
  var x = set.images.scalars
  for step in 0..<4 {
    let ahead = zip(x, g).map { $0 + 0.5 * alpha * Float($1) }
    #expect(differing(seen[step], ahead, within: 1e-5) == 0, "\(step)")
    g = zip(g, overMean(try gradient(seen[step], set), size: 64)).map { 0.5 * $0 + $1 }
    x = zip(zip(x, g), set.images.scalars).map { stepped($0.0, $0.1, alpha, $1, 0.05) }
  }
  #expect(differing(candidates, x) == 0)
  #expect(seen[3].scalars.contains { $0 < 0 || $0 > 1 })
}

@Test func withoutDecayNothingIsAhead() throws {
  #expect(try trace("ni-fgsm:decay=0").candidates == trace("mi-fgsm:decay=0").candidates)
}
