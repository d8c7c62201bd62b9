import Certification
import Testing

@Test func anIntervalKeepsItsEnds() {
  #expect(Interval(-1, 2) == Interval(-1, 2))
  #expect(Interval(-1, 2).upper == 2)
}
