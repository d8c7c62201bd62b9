import Networks
import Testing

@Test func halfSpacesHoldTheirBoundary() {
  let halfSpace = HalfSpace(coefficients: [1, -1], bound: 0)
  #expect(halfSpace.contains([2, 2]))
  #expect(halfSpace.contains([1, 2]))
  #expect(!halfSpace.contains([(2.0).nextUp, 2]))
  #expect(halfSpace.contains([2.5, 2], tolerance: 0.5))
  #expect(!halfSpace.contains([(2.5).nextUp, 2], tolerance: 0.5))
}

/// 3 · 0.1 is 0.3000000000000000166 and 0.30000000000000004 is 0.3000000000000000444; usual arithmetic calls them equal.
@Test func sumsAreExact() {
  let (first, second) = (0.1, 0.30000000000000004)
  #expect(3 * first - second == 0)
  #expect(HalfSpace(coefficients: [3, -1], bound: 0).contains([first, second]))
  #expect(!HalfSpace(coefficients: [-3, 1], bound: 0).contains([first, second]))
  // Usual arithmetic loses the 1.
  #expect(!HalfSpace(coefficients: [1, 1, -1], bound: 0.5).contains([1e16, 1, 1e16]))
  #expect(HalfSpace(coefficients: [1, 1, -1], bound: 1).contains([1e16, 1, 1e16]))
}

/// The reference is whole-number arithmetic of 128 bits: factors of 50 bits, 20 products.
@Test func sumsAgreeWithWholeNumbers() {
  var stream = RandomSource(seed: 3).stream(.check)
  func factor() -> Int64 {
    Int64.random(in: -(1 << 50)...1 << 50, using: &stream) >> Int64.random(in: 0...48, using: &stream)
  }
  for _ in 0..<2000 {
    var first = (0..<20).map { _ in factor() }
    var second = (0..<20).map { _ in factor() }
    // Half of the sums nearly cancel.
    if Bool.random(using: &stream) {
      first += first
      second += second.map { -$0 }
    }
    let sum = zip(first, second).reduce(Int128(0)) { $0 + Int128($1.0) * Int128($1.1) }
    let bound = Double(Int64(clamping: sum)) + Double(Int.random(in: -1...1, using: &stream))
    let halfSpace = HalfSpace(coefficients: first.map { Double($0) }, bound: bound)
    #expect(halfSpace.contains(second.map { Double($0) }) == (sum <= Int128(bound)), "\(sum) and \(bound)")
  }
}

@Test func badOutputsAreInNoHalfSpace() {
  let halfSpace = HalfSpace(coefficients: [1, 0], bound: 1)
  for outputs in [[0], [0, 0, 0], [.nan, 0], [0, .nan], [-.infinity, 0], [0, .infinity]] as [[Double]] {
    #expect(!halfSpace.contains(outputs), "\(outputs)")
  }
  // Beyond the range of a Double nothing is claimed; below it, rounding is upward.
  #expect(!HalfSpace(coefficients: [-1e300, -1e300], bound: 0).contains([1e300, 1e300]))
  #expect(!HalfSpace(coefficients: [1e-300], bound: 0).contains([1e-300]))
  #expect(HalfSpace(coefficients: [1e-300], bound: 0).contains([0]))
}

@Test func onlyTheInnerBoundIsSure() {
  let halfSpace = HalfSpace(coefficients: [1], bound: 1, innerBound: (1.0).nextDown)
  #expect(!halfSpace.contains([1]))
  #expect(halfSpace.contains([(1.0).nextDown]))
  #expect(halfSpace.contains([1], tolerance: 1e-9))
}
