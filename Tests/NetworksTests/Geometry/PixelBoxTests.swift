import FoundationEssentials
import Networks
import Testing

private func box(_ ranges: ClosedRange<Float>...) throws -> PixelBox { try #require(PixelBox(channels: ranges)) }

@Test func equalRangesAreOne() throws {
  #expect(try box(-1...1, -1...1, -1...1) == PixelBox(-1...1))
  #expect(try box(-1...1, -1...1).uniform == -1...1)
  #expect(try box(-1...1, -1...2).uniform == nil)
  #expect(try box(0...1) == 0...1)
  #expect(try !(box(0...1, 0...2) == 0...1))
  #expect(PixelBox(channels: []) == nil)
}

@Test func endsAreThoseOfEachRangeInTurn() throws {
  #expect(PixelBox(ends: [0, 1]) == PixelBox(0...1))
  #expect(PixelBox(ends: [0, 1, -1, 2]) == (try box(0...1, -1...2)))
  #expect(try box(0...1, -1...2).ends == [0, 1, -1, 2])
  #expect(try box(0...1, -1...2).endsShape == [2, 2] && box(0...1).endsShape == [2])
  for wrong: [Float] in [[], [1], [1, 0], [0, 0], [0, 1, 2], [0, 1, 2, 1], [0, .nan], [.nan, 1]] {
    #expect(PixelBox(ends: wrong) == nil)
  }
}

/// One range is written as it was before channels had their own.
@Test func aBoxSurvivesCoding() throws {
  for (item, text) in [(try box(-1...1), "[-1,1]"), (try box(0...1, -1...2), "[[0,1],[-1,2]]")] {
    let written = try JSONEncoder().encode(item)
    #expect(String(decoding: written, as: UTF8.self) == text)
    #expect(try JSONDecoder().decode(PixelBox.self, from: written) == item)
  }
  for wrong in ["[]", "[1,0]", "[[1,0]]", "[0]", "1", "[[]]"] {
    #expect(throws: (any Error).self) { try JSONDecoder().decode(PixelBox.self, from: Data(wrong.utf8)) }
  }
}

@Test func asManyRangesAsChannels() throws {
  let three = try box(0...1, 0...2, 0...3)
  #expect(three.fits([3, 8, 8]) && three.fits([3]))
  #expect(!three.fits([1, 8, 8]) && !three.fits([4, 3, 3]) && !three.fits([192]) && !three.fits([]))
  #expect(PixelBox(0...1).fits([192]))
  let threat = ThreatModel(norm: .linf, radius: 0.1, bounds: three)
  try threat.validate(for: [3, 8, 8])
  let error = #expect(throws: ThreatModelError.self) { try threat.validate(for: [4, 8, 8]) }
  #expect(error?.description == "expected one pixel range, or 4 for the channels of 4×8×8, found 3")
  #expect(throws: ThreatModelError.bounds(0...(.infinity))) {
    try ThreatModel(norm: .l2, radius: 1, bounds: box(0...1, 0...(.infinity))).validate()
  }
}

@Test func aPixelIsMeasuredByItsChannel() throws {
  let ranges = try box(0...1, 2...3)
  func outside(_ pixels: [Float]) -> [Int] {
    ranges.firstOutside(Tensor(shape: [2, 2, 1, 2], scalars: pixels)).map { [$0.index] } ?? []
  }
  #expect(outside([0, 1, 2, 3, 0.5, 0.5, 2.5, 2.5]) == [])
  // Each in the other's range.
  #expect(outside([0, 2.5, 2, 3, 0, 1, 2, 3]) == [1])
  #expect(outside([0, 1, 2, 3, 0, 1, 2, 0.5]) == [7])
  #expect(outside([0, 1, 2, 3, 0, .nan, 2, 0.5]) == [5])
  let images = Tensor<Float>(shape: [1, 2, 1, 1], scalars: [1.1, 1.8])
  #expect(!ranges.contains(images) && ranges.widened(by: 0.25).contains(images))
}
