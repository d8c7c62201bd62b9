import Reports
import Testing

@Test(
  arguments: [
    (.text("a b"), "a b"), ("literal", "literal"), (.count(1_234_567), "1,234,567"), (.percentage(0.41234), "41.23 %"),
    (.percentage(0.41234, decimals: 1), "41.2 %"), (.percentage(.nan), "–"),
    (.interval(0.38154...0.4431), "[38.15, 44.31] %"),
    (.number(8.0 / 255), "0.03137"), (.number(0.123456, digits: 2), "0.12"), (.decimal(1.0 / 3, decimals: 1), "0.3"),
    (.duration(seconds: 0.35), "350 ms"), (.rate(perSecond: 1234.4, unit: "images"), "1,234 images/s"),
    (.bytes(1_234_567_890), "1,234 MB"), (.missing, "–"),
  ] as [(Cell, String)])
func cellsAreWrittenAsTheirKindAsks(cell: Cell, text: String) {
  #expect(cell.description == text)
}

@Test func aMissingValueIsADash() {
  #expect(Cell.optional(0.5) { .percentage($0) } == .percentage(0.5))
  #expect(Cell.optional(Double?.none) { .percentage($0) } == .missing)
}
