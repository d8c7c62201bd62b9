import Attacks
import Testing

/// 81 of 263, 15 of 148, 0 of 20 and 1 of 29 are the worked examples of Newcombe, Statistics in Medicine 17, 1998,
/// table I, method 3; he prints four decimals.
@Test(arguments: [
  (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718),
])
func wilsonIntervalsAreThoseOfTheLiterature(hits: Int, count: Int, lower: Double, upper: Double) {
  let interval = Proportion(hits: hits, count: count).interval
  #expect(abs(interval.lowerBound - lower) <= 0.00005 && abs(interval.upperBound - upper) <= 0.00005, "\(interval)")
}

@Test func nothingOutOfNothingIsUnknown() {
  #expect(Proportion(hits: 0, count: 0).fraction == nil)
  #expect(Proportion(hits: 0, count: 0).interval == 0...1)
}

@Test func theIntervalHoldsTheFraction() {
  for count in 1...30 {
    for hits in 0...count {
      let proportion = Proportion(hits: hits, count: count)
      #expect(proportion.interval.contains(Double(hits) / Double(count)))
      #expect(proportion.interval.lowerBound >= 0 && proportion.interval.upperBound <= 1)
    }
  }
}
