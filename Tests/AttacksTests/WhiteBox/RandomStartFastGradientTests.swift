import Attacks
import Networks
import TestSupport
import Testing

@Test func itStepsOnceFromARandomPoint() throws {
  let set = try #require(tinySet)
  let threat = ThreatModel(norm: .linf, radius: 0.05)
  let (candidates, seen) = try trace("ffgsm")
  let start = threat.randomStart(around: set.images, ids: set.ids, restart: 0, source: RandomSource(seed: 1))
  #expect(seen == [start])
  let slope = try gradient(start, set)
  let next = zip(zip(start.scalars, slope), set.images.scalars).map { stepped($0.0, $0.1, 0.0625, $1, 0.05) }
  #expect(differing(candidates, next) == 0)
}
