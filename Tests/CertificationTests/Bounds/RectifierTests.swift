import Certification
import Networks
import Testing

/// What the lines must enclose, in the wider format: products of two Doubles are rounded at 2⁻⁶⁴ there, 2000 times
/// finer than one ulp of a Double, so that the allowance below hides no violation by an ulp.
private func violation(_ lines: Lines, slope: Double, at x: Double) -> Float80 {
  let value = x > 0 ? Float80(x) : Float80(slope) * Float80(x)
  let below = Float80(lines.lowerSlope) * Float80(x) + Float80(lines.lowerIntercept)
  let above = Float80(lines.upperSlope) * Float80(x) + Float80(lines.upperIntercept)
  let allowance = 0x1p-61 * (abs(value) + abs(below) + abs(above))
  return max(below - value, value - above) - allowance
}

@Suite struct RectifierTests {
  static let slopes: [Double] = [0, 0.25, Double(Float(0.01)), -0.3, 1, 1.5, 40, -7]

  @Test func unstableReLUHasTheLinesOfCROWN() {
    func lines(_ lowerSlope: LowerSlope, _ lower: Double, _ upper: Double) -> Lines {
      Activation.relu.lines(on: Interval(lower, upper), lowerSlope: lowerSlope)
    }
    // Chord from (−1, 0) to (3, 3): slope 3/4, value 3/4 at 0.
    for (choice, slope) in [(LowerSlope.adaptive, 1.0), (.same, 0.75), (.zero, 0), (.one, 1)] {
      let found = lines(choice, -1, 3)
      #expect(found.lowerSlope == slope && found.lowerIntercept == 0 && found.upperSlope == 0.75)
      #expect(found.upperIntercept > 0.75 && found.upperIntercept < 0.75 + 1e-15)
    }
    #expect(lines(.adaptive, -3, 1).lowerSlope == 0)
    #expect(lines(.adaptive, -2, 2).lowerSlope == 0, "u / (u − l) is 0.5 and not above")
  }

  @Test func stableReLUIsExact() {
    #expect(
      Activation.relu.lines(on: Interval(0, 3), lowerSlope: .zero)
        == Lines(lowerSlope: 1, lowerIntercept: 0, upperSlope: 1, upperIntercept: 0))
    #expect(
      Activation.relu.lines(on: Interval(-2, 0), lowerSlope: .one)
        == Lines(lowerSlope: 0, lowerIntercept: 0, upperSlope: 0, upperIntercept: 0))
    #expect(Activation.relu.range(on: Interval(-2, 3)) == Interval(0, 3))
    #expect(Activation.relu.range(on: Interval(-.infinity, -1)) == Interval(0, 0))
  }

  @Test func leakyReLUHasTheLeakInThePlaceOfZero() {
    let leaky = Activation.leakyReLU(slope: 0.5)
    // From (−2, −1) to (2, 2): slope 3/4, value 1/2 at 0.
    let lines = leaky.lines(on: Interval(-2, 2), lowerSlope: .zero)
    #expect(lines.lowerSlope == 0.5 && lines.upperSlope == 0.75 && abs(lines.upperIntercept - 0.5) < 1e-15)
    // With leak 2 the function is concave: the chord from (−2, −4) to (2, 2) is below.
    let concave = Activation.leakyReLU(slope: 2).lines(on: Interval(-2, 2), lowerSlope: .one)
    #expect(concave.upperSlope == 1 && concave.upperIntercept == 0 && concave.lowerSlope == 1.5)
    #expect(abs(concave.lowerIntercept + 1) < 1e-15)
    #expect(Activation.leakyReLU(slope: -0.5).range(on: Interval(-2, 0.25)) == Interval(0, 1.0.nextUp))
  }

  @Test(arguments: LowerSlope.allCases) func linesHoldAtEveryPoint(_ lowerSlope: LowerSlope) {
    var generator = RandomSource(seed: 1).stream(.check)
    for slope in Self.slopes {
      for _ in 0..<2000 {
        let interval = Interval.random(using: &generator)
        let lines = rectifierLines(slope: slope, on: interval, lowerSlope: lowerSlope)
        let range = rectifierRange(slope: slope, on: interval)
        for x in interval.samples(30, using: &generator) {
          let excess = violation(lines, slope: slope, at: x)
          #expect(excess <= 0, "\(slope) on \(interval) at \(x): \(lines)")
          let value = x > 0 ? Float80(x) : Float80(slope) * Float80(x)
          #expect(Float80(range.lower) <= value && value <= Float80(range.upper), "\(slope) on \(interval): \(range)")
        }
      }
    }
  }

  @Test func infiniteAndMissingEndsGiveLinesThatHold() {
    let open = Activation.relu.lines(on: Interval(-1, .infinity), lowerSlope: .adaptive)
    #expect(open.upperSlope == 1 && open.upperIntercept >= 1 && open.upperIntercept < 1.001)
    let left = Activation.relu.lines(on: Interval(-.infinity, 2), lowerSlope: .adaptive)
    #expect(left.upperSlope == 0 && left.upperIntercept >= 2 && left.upperIntercept < 2.001 && left.lowerSlope == 0)
    for ends in [Interval(-.infinity, .infinity), Interval(.nan, 1), Interval(-1, .nan)] {
      let lines = Activation.relu.lines(on: ends, lowerSlope: .zero)
      #expect(lines.upperIntercept == .infinity && lines.lowerIntercept <= 0)
    }
  }

  @Test func arraysHoldTheLinesOfTheirScalars() {
    var generator = RandomSource(seed: 1).stream(.check)
    let intervals = (0..<50).map { _ in Interval.random(using: &generator) }
    let slopes = intervals.indices.map { Self.slopes[$0 % Self.slopes.count] }
    let arrays = LineArrays(
      rectifierSlopes: slopes, lower: intervals.map(\.lower), upper: intervals.map(\.upper), lowerSlope: .adaptive)
    for place in intervals.indices {
      #expect(
        arrays.lines(at: place)
          == rectifierLines(slope: slopes[place], on: intervals[place], lowerSlope: .adaptive))
    }
  }
}
