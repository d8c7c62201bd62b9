import Certification
import Networks
import Testing

@Suite struct NormalizedRangesTests {
  private func normalized(_ x: [Double], epsilon: Double) -> [Float80] {
    let wide = x.map { Float80($0) }
    let mean = wide.reduce(0, +) / Float80(x.count)
    let variance = wide.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float80(x.count)
    return wide.map { ($0 - mean) / (variance + Float80(epsilon)).squareRoot() }
  }

  @Test func rangesHoldInsideAndAtCorners() {
    var generator = RandomSource(seed: 1).stream(.check)
    for round in 0..<800 {
      let epsilon = [0, 1e-5, 1e-3][round % 3]
      let (width, offset) = ([1e-9, 0.01, 0.3, 3][round % 4], [0, 100, -1e5][round / 4 % 3])
      let scalars = (0..<Int.random(in: 2...9, using: &generator)).map { _ in
        let center = offset + Double.random(in: -2...2, using: &generator)
        return Interval(center - width * Double.random(in: 0...1, using: &generator), center + width)
      }
      let ranges = normalizedRanges(scalars, epsilon: epsilon)
      for sample in 0..<60 {
        let point = scalars.map { interval in
          sample % 2 == 0
            ? Bool.random(using: &generator) ? interval.lower : interval.upper
            : Double.random(in: interval.lower...interval.upper, using: &generator)
        }
        for (range, value) in zip(ranges, normalized(point, epsilon: epsilon)) {
          // The wider format loses what the offset takes of its 64 bits.
          let allowance = 0x1p-60 * Float80(1 + abs(offset))
          #expect(Float80(range.lower) <= value + allowance && value <= Float80(range.upper) + allowance)
        }
      }
    }
  }

  @Test func pointsHaveTheirValues() {
    let scalars = [1.0, 2, 4, -3].map { Interval($0, $0) }
    for (range, value) in zip(normalizedRanges(scalars, epsilon: 0.25), normalized([1, 2, 4, -3], epsilon: 0.25)) {
      #expect(Float80(range.lower) <= value && value <= Float80(range.upper) && range.upper - range.lower < 1e-12)
    }
  }

  @Test func noValueIsBeyondTheCap() {
    // One scalar apart from four equal ones is √4 deviations away, wherever it is.
    let ranges = normalizedRanges([Interval(1, 1e9)] + Array(repeating: Interval(0, 0), count: 4), epsilon: 0)
    #expect(ranges[0].upper == 2.0.nextUp)
    let unknown = normalizedRanges([Interval(-.infinity, 0), Interval(0, .nan)], epsilon: 1e-5)
    #expect(unknown == Array(repeating: Interval(-1.0.nextUp, 1.0.nextUp), count: 2))
    #expect(normalizedRanges([Interval(-3, 7)], epsilon: 0) == [Interval(0, 0)])
  }

  @Test func theLeastVarianceIsUsed() {
    // Scalars near −1 and near 1, at least 1.8 apart: the variance is at least 0.81, the distance at most 1.1.
    let ranges = normalizedRanges([Interval(-1.1, -0.9), Interval(0.9, 1.1)], epsilon: 0.19)
    // 1.1 / √(1.21 + 0.19), since the variance of two scalars is the squared distance.
    #expect(abs(ranges[1].upper - 1.1 / 1.4.squareRoot()) < 1e-13)
    let three = normalizedRanges([Interval(-1.1, -0.9), Interval(0.9, 1.1), Interval(-1, 1)], epsilon: 0)
    // The third anywhere between: variance 2 · 0.81 / 3 with it at 0, and the distance at most (2 · 1 + 1.1 − 0.9) / 3.
    #expect(abs(three[2].upper - (2.2 / 3) / 0.54.squareRoot()) < 1e-12)
  }
}
