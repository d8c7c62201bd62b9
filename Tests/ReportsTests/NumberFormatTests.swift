import Reports
import Testing

@Test(arguments: [
  (0, "0.00 %"), (0.412, "41.20 %"), (1, "100.00 %"), (0.123456, "12.35 %"), (Double.nan, "–"), (.infinity, "–"),
])
func percentagesHaveTwoDecimals(fraction: Double, text: String) {
  #expect(NumberFormat.percentage(fraction) == text)
}

@Test func intervalsOfPercentages() {
  #expect(NumberFormat.percentages(0.38154...0.4431) == "[38.15, 44.31] %")
}

@Test(arguments: [
  (0, "0 µs"), (0.00035, "350 µs"), (0.0009996, "1 ms"), (0.35, "350 ms"), (0.9994, "999 ms"), (0.9996, "1.0 s"),
  (1.24, "1.2 s"), (59.94, "59.9 s"), (59.96, "1 min 00 s"), (123, "2 min 03 s"), (3599.4, "59 min 59 s"),
  (3599.6, "1 h 00 min"), (3900, "1 h 05 min"), (360_000, "100 h 00 min"), (-1, "–"), (Double.nan, "–"),
  (.infinity, "–"),
])
func durationsTakeTheUnitThatSuits(seconds: Double, text: String) {
  #expect(NumberFormat.duration(seconds: seconds) == text)
}

@Test(arguments: [
  (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000"), (-999, "-999"),
  (Int.min, "-9,223,372,036,854,775,808"),
])
func countsHaveSeparators(value: Int, text: String) {
  #expect(NumberFormat.count(value) == text)
}

@Test(arguments: [(0.04, "0.0 x/s"), (9.94, "9.9 x/s"), (9.96, "10 x/s"), (1234.4, "1,234 x/s"), (.nan, "– x/s")])
func ratesAreCountsPerSecond(rate: Double, text: String) {
  #expect(NumberFormat.rate(perSecond: rate, of: "x") == text)
}

@Test func fixedAndSignificantDigits() {
  #expect(NumberFormat.fixed(2.0 / 3, decimals: 3) == "0.667")
  #expect(NumberFormat.fixed(1e300, decimals: 0).count == 301)
  #expect(NumberFormat.significant(8.0 / 255) == "0.03137")
  #expect(NumberFormat.significant(0.1) == "0.1")
  #expect(NumberFormat.significant(-.infinity) == "–")
}
