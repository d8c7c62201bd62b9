import Attacks
import Networks
import TestSupport
import Testing

@Test func itIsPGDFromTheImage() throws {
  let basic = try trace("bim:steps=7,step-size=0.012")
  let projected = try trace("pgd:steps=7,step-size=0.012,random-start=false")
  #expect(basic.candidates == projected.candidates)
  #expect(basic.seen.first == tinySet?.images)
}

/// At 8/255 the paper makes ten steps of 1/255, and so does the default.
@Test func theDefaultIsThePapersAtTheUsualRadius() {
  let threat = ThreatModel(norm: .linf, radius: 8 / 255)
  #expect(BasicIterative().steps == 10)
  #expect(abs((BasicIterative().resolved(for: threat).stepSize ?? 0) - 1 / 255) < 1e-9)
}
