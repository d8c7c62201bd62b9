import Networks
import Testing

@Test func boxesHoldTheirEnds() {
  let box = InputBox(lower: [0, -1], upper: [1, -1])
  #expect(box.contains([0, -1]))
  #expect(box.contains([1, -1]))
  #expect(!box.contains([(1.0).nextUp, -1]))
  #expect(!box.contains([0.5, -(1.0).nextDown]))
  #expect(box.contains([1.25, -0.75], tolerance: 0.25))
  #expect(!box.contains([(1.25).nextUp, -1], tolerance: 0.25))
  for input in [[0], [0, -1, 0], [.nan, -1], []] as [[Double]] {
    #expect(!box.contains(input), "\(input)")
    #expect(!box.contains(input, tolerance: 10), "\(input)")
  }
}

@Test func endsOnlyNarrowABox() {
  var box = InputBox(unboundedOf: 2)
  box.raiseLower(of: 0, to: (1.0).nextDown, inner: 1)
  box.raiseLower(of: 0, to: 0, inner: 0)
  box.reduceUpper(of: 0, to: 3, inner: (3.0).nextDown)
  box.reduceUpper(of: 0, to: 4, inner: 4)
  #expect(box.lower == [(1.0).nextDown, -.infinity])
  #expect(box.innerLower == [1, -.infinity])
  #expect(box.upper == [3, .infinity])
  #expect(box.innerUpper == [(3.0).nextDown, .infinity])
  #expect(box.firstEmpty == nil)
  box.raiseLower(of: 1, to: 2, inner: 2)
  box.reduceUpper(of: 1, to: (2.0).nextDown, inner: (2.0).nextDown)
  #expect(box.firstEmpty == 1)
  #expect(InputBox(lower: [.nan], upper: [1]).firstEmpty == 0)
}

@Test func floatEndsLieInside() throws {
  let box = InputBox(lower: [0.1, 0.3, -0.1, 0], upper: [0.3, 0.7, -0.01, 0])
  let ends = try #require(box.floatEnds)
  for index in 0..<box.count {
    #expect(Double(ends.lower[index]) >= box.lower[index] && Double(ends.lower[index].nextDown) < box.lower[index])
    #expect(Double(ends.upper[index]) <= box.upper[index] && Double(ends.upper[index].nextUp) > box.upper[index])
  }
  #expect(InputBox(lower: [0.1], upper: [0.1]).floatEnds == nil)
}
