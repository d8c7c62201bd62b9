import Attacks
import Networks
import Testing

/// The sides that AutoAttack's 5,000 queries go through on 28 × 28 pixels.
@Test func squaresShrinkBySchedule() {
  let schedule = SquareSchedule(initialShare: 0.8)
  let grid = PixelGrid([1, 28, 28])
  let turns = [0, 10, 11, 50, 51, 200, 201, 500, 501, 1_000, 1_001, 2_000, 2_001, 4_000, 4_001, 4_999]
  #expect(turns.map { schedule.side($0, of: grid) } == [25, 25, 18, 18, 13, 13, 9, 9, 6, 6, 4, 4, 3, 3, 2, 2])
}

/// Other libraries stretch the schedule over the queries that there are: 100 of them see all of it.
@Test func aStretchedScheduleReachesItsEnd() {
  let grid = PixelGrid([1, 28, 28])
  let stretched = SquareSchedule(initialShare: 0.8, stretchedOver: 100)
  #expect([0, 1, 20, 99].map { stretched.side($0, of: grid) } == [25, 13, 4, 1])
  #expect(SquareSchedule(initialShare: 0.8).side(99, of: grid) == 13)
}

@Test func everyShapeIsAGrid() {
  func grid(_ shape: Shape) -> [Int] {
    let grid = PixelGrid(shape)
    return [grid.channels, grid.rows, grid.columns, grid.longestSide]
  }
  #expect(grid([3, 5, 7]) == [3, 5, 7, 5])
  #expect(grid([20]) == [1, 1, 20, 1])
  #expect(grid([4, 6]) == [1, 4, 6, 4])
  #expect(grid([2, 3, 4, 5]) == [6, 4, 5, 4])
}

@Test(arguments: [Norm.l2, .l1]) func patternsAreUnitsOfTwoHalves(norm: Norm) {
  for side in 1...15 {
    let pattern = WindowPattern(side: side, norm: norm)
    #expect(pattern.values.count == side * side)
    let size = pattern.values.reduce(0) { $0 + (norm == .l2 ? $1 * $1 : abs($1)) }
    #expect(abs(size - 1) < 1e-12)
    for (index, value) in pattern.values.enumerated() { #expect(index / side < side / 2 ? value > 0 : value < 0) }
  }
}

/// By hand: the half of 2 rows and 5 columns has its middle at row 1, column 2. One pixel gets 1; then rows 0 and 1 of
/// columns 1 to 3 get 1/4; then everything gets 1/9.
@Test func aPatternIsThatOfTheReference() {
  let pattern = WindowPattern(side: 5, norm: .l2)
  let ninth = 1.0 / 9
  let raw = [0, 0.25, 0.25, 0.25, 0, 0, 0.25, 1.25, 0.25, 0].map { ninth + $0 }
  let scale = raw.reduce(0) { $0 + $1 * $1 }.squareRoot() * 2.0.squareRoot()
  for (value, expected) in zip(pattern.values, raw) { #expect(abs(value - expected / scale) < 1e-12) }
}
