import Certification
import Glibc
import Networks
import Testing

/// The activations in the wider format, by formulas that do not cancel.
extension Activation {
  func wideValue(_ x: Float80) -> Float80 {
    switch self {
    case .relu: max(x, 0)
    case .relu6: min(max(x, 0), 6)
    case .leakyReLU(let slope): x > 0 ? x : Float80(slope) * x
    case .elu(let alpha): x > 0 ? x : Float80(alpha) * expm1(x)
    case .selu: Float80(Self.seluScale) * (x > 0 ? x : Float80(Self.seluAlpha) * expm1(x))
    case .gelu(approximate: false): x * erfc(-x * Float80(0.5).squareRoot()) / 2
    case .gelu(approximate: true):
      x / (1 + exp(-2 * (2 / Float80.pi).squareRoot() * x * (1 + Float80(44715) / 1_000_000 * x * x)))
    case .silu: x / (1 + exp(-x))
    case .hardSwish: x * min(max(x + 3, 0), 6) / 6
    case .sigmoid: 1 / (1 + exp(-x))
    case .hardSigmoid(let slope): min(max(Float80(slope) * x + 0.5, 0), 1)
    case .tanh: x < 0 ? expm1(2 * x) / (expm1(2 * x) + 2) : -expm1(-2 * x) / (expm1(-2 * x) + 2)
    case .softplus: max(x, 0) + log1p(exp(-abs(x)))
    }
  }

  /// Kinks, inflection points and turning points.
  var specialPoints: [Double] {
    switch self {
    case .relu, .leakyReLU, .elu, .selu, .sigmoid, .tanh, .softplus: [0]
    case .relu6: [0, 6]
    case .gelu: [-1.4142135623730951, -1.4185040087908283, -0.7517915246935645, 1.4142135623730951, 1.4185040087908283]
    case .silu: [-2.399357280515468, -1.278464542761074, 2.399357280515468]
    case .hardSwish: [-3, -1.5, 3]
    case .hardSigmoid(let slope): slope == 0 ? [0] : [-0.5 / Double(abs(slope)), 0.5 / Double(abs(slope))]
    }
  }
}

@Suite struct ActivationEnclosureTests {
  static let activations: [Activation] = [
    .relu, .relu6, .leakyReLU(slope: 0.01), .leakyReLU(slope: -0.3), .leakyReLU(slope: 1.5), .elu(alpha: 1),
    .elu(alpha: 0.5), .elu(alpha: 2), .elu(alpha: -0.7), .elu(alpha: 0), .selu, .gelu(approximate: false),
    .gelu(approximate: true), .silu, .hardSwish, .sigmoid, .hardSigmoid(slope: 1 / 6), .hardSigmoid(slope: 0.2),
    .hardSigmoid(slope: -0.7), .hardSigmoid(slope: 0), .tanh, .softplus,
  ]

  /// Random intervals of all sizes, and intervals around, at and next to the special points.
  private func intervals(_ activation: Activation, _ count: Int) -> [Interval] {
    var generator = RandomSource(seed: 1).stream(.check)
    var intervals = (0..<count).map { _ in Interval.random(using: &generator) }
    for point in activation.specialPoints {
      for _ in 0..<count / 4 {
        let left = pow(10, Double.random(in: -16...1.5, using: &generator))
        let right = pow(10, Double.random(in: -16...1.5, using: &generator))
        intervals += [(point - left, point + right), (point, point + right), (point - left, point)].map(Interval.init)
      }
      intervals += [(point, point), (point.nextDown, point), (point.nextDown, point.nextUp)].map(Interval.init)
    }
    return intervals
  }

  /// Products and sums of Doubles are rounded at 2⁻⁶⁴ in the wider format, and its functions at some 2⁻⁶² (GELU's with
  /// the square of the argument as condition, cut off where the function is 0 to all digits). A Double's ulp is 2⁻⁵².
  private func allowance(_ x: Float80, _ terms: Float80...) -> Float80 {
    0x1p-60 * (1 + min(x * x, 1500)) * terms.reduce(0) { $0 + abs($1) }
  }

  @Test(arguments: activations) func linesAndRangeHoldAtEveryPoint(_ activation: Activation) {
    var generator = RandomSource(seed: 1).stream(.check, lane: 1)
    for interval in intervals(activation, 400) {
      let range = activation.range(on: interval)
      let lines = LowerSlope.allCases.map { activation.lines(on: interval, lowerSlope: $0) }
      // The places where the lines come nearest are looked at again, more closely.
      var points = interval.samples(40, using: &generator)
      points += activation.specialPoints.flatMap { [$0, $0.nextUp, $0.nextDown] }
      for round in 0..<4 {
        var (nearest, distance) = ([points[0], points[0]], [Float80.infinity, .infinity])
        for x in points where interval.lower <= x && x <= interval.upper {
          let value = activation.wideValue(Float80(x))
          for lines in lines {
            let below = Float80(lines.lowerSlope) * Float80(x) + Float80(lines.lowerIntercept)
            let above = Float80(lines.upperSlope) * Float80(x) + Float80(lines.upperIntercept)
            let gaps = [value - below, above - value]
            let allowed = allowance(Float80(x), value, below, above)
            #expect(gaps.min()! >= -allowed, "\(activation) on \(interval) at \(x): \(lines)")
            for side in 0..<2 where gaps[side] < distance[side] { (nearest[side], distance[side]) = (x, gaps[side]) }
          }
          let allowed = allowance(Float80(x), value)
          #expect(Float80(range.lower) <= value + allowed, "\(activation) on \(interval) at \(x): \(range)")
          #expect(Float80(range.upper) >= value - allowed, "\(activation) on \(interval) at \(x): \(range)")
        }
        let radius = (interval.upper / 2 - interval.lower / 2) * pow(16, -Double(round + 1))
        points = nearest.flatMap { center in
          (0..<10).map { _ in center + radius * Double.random(in: -1...1, using: &generator) }
        }
      }
    }
  }

  /// Of all lines above, that with the least area is lowest at the middle, where it meets the concave hull. The hull of
  /// the function at 400 points with the kinks is too low by no more than max |f″| h² / 8, and |f″| < 4 here.
  @Test(arguments: activations) func linesHaveTheLeastArea(_ activation: Activation) {
    for interval in intervals(activation, 200) where interval.lower > -50 && interval.upper < 50 {
      let (width, middle) = (interval.upper - interval.lower, interval.upper / 2 + interval.lower / 2)
      guard width > 1e-6 else { continue }
      let grid = (0...400).map { min(interval.lower + width * Double($0) / 400, interval.upper) }
      let points = (grid + activation.specialPoints.filter { interval.lower < $0 && $0 < interval.upper }).sorted()
      let lines = activation.lines(on: interval, lowerSlope: .adaptive)
      for (sign, line) in [
        (1.0, lines.upperSlope * middle + lines.upperIntercept),
        (-1.0, -lines.lowerSlope * middle - lines.lowerIntercept),
      ] {
        // The line on the inner side of a leaky ReLU follows auto_LiRPA's rule, which is not that of the least area.
        if case .leakyReLU(let slope) = activation, (slope < 1) == (sign < 0) { continue }
        let values = points.map { sign * Double(activation.wideValue(Float80($0))) }
        let hull = upperHull(points, values, at: middle)
        let scale = 1 + abs(interval.lower) + abs(interval.upper)
        #expect(line - hull <= 0.5 * width * width / 160_000 + 1e-12 * scale, "\(activation) on \(interval), \(sign)")
      }
    }
  }

  /// The value at a point of the upper hull of points with ascending abscissas: Andrew's monotone chain.
  private func upperHull(_ xs: [Double], _ ys: [Double], at x: Double) -> Double {
    var hull: [Int] = []
    for next in xs.indices {
      while let last = hull.last, hull.count > 1 {
        let before = hull[hull.count - 2]
        let turn =
          (xs[last] - xs[before]) * (ys[next] - ys[before]) - (ys[last] - ys[before]) * (xs[next] - xs[before])
        if turn < 0 { break }
        hull.removeLast()
      }
      hull.append(next)
    }
    let right = hull.dropFirst().first { xs[$0] >= x } ?? hull[hull.count - 1]
    let left = hull.last { xs[$0] < x } ?? hull[0]
    guard xs[right] > xs[left] else { return ys[left] }
    return ys[left] + (ys[right] - ys[left]) * (x - xs[left]) / (xs[right] - xs[left])
  }

  @Test func sigmoidHasTheTangentThroughItsEnd() {
    let (lower, upper) = (-3.0, 4.0)
    let lines = Activation.sigmoid.lines(on: Interval(lower, upper), lowerSlope: .adaptive)
    let sigmoid = { (x: Double) in 1 / (1 + exp(-x)) }
    #expect(abs(lines.upperSlope * lower + lines.upperIntercept - sigmoid(lower)) < 1e-13)
    // Where the derivative is the slope on the right, the function meets the line.
    let share = (1 + (1 - 4 * lines.upperSlope).squareRoot()) / 2
    let touching = log(share / (1 - share))
    #expect(touching > 0 && abs(lines.upperSlope * touching + lines.upperIntercept - sigmoid(touching)) < 1e-13)
  }

  @Test func convexFunctionsHaveTheChordAndTheTangentAtTheMiddle() {
    let lines = Activation.softplus.lines(on: Interval(-1, 3), lowerSlope: .adaptive)
    let softplus = { (x: Double) in log1p(exp(x)) }
    #expect(abs(lines.upperSlope - (softplus(3) - softplus(-1)) / 4) < 1e-14)
    #expect(abs(lines.upperSlope * 3 + lines.upperIntercept - softplus(3)) < 1e-13)
    #expect(abs(lines.lowerSlope - 1 / (1 + exp(-1))) < 1e-14)
    #expect(abs(lines.lowerSlope + lines.lowerIntercept - softplus(1)) < 1e-13)
  }

  @Test(arguments: [
    (Activation.gelu(approximate: false), -0.169971207479903662), (.gelu(approximate: true), -0.170040750571254051),
    (.silu, -0.278464542761073795), (.hardSwish, -0.375), (.elu(alpha: -0.7), 0),
  ]) func functionsThatTurnHaveTheirLeastValueInside(_ activation: Activation, least: Double) {
    let range = activation.range(on: Interval(-4, 0.5))
    #expect(range.lower <= least && range.lower > least - 1e-14)
  }

  @Test func infiniteEndsHaveTheLimits() {
    let all = Interval(-.infinity, .infinity)
    #expect(Activation.sigmoid.range(on: all) == Interval(0, 1))
    #expect(Activation.tanh.range(on: all) == Interval(-1, 1))
    #expect(Activation.relu6.range(on: all) == Interval(0, 6))
    for activation in Self.activations {
      for interval in [all, Interval(-1, .infinity), Interval(-.infinity, 1), Interval(.nan, 1), Interval(0, .nan)] {
        let (range, lines) = (activation.range(on: interval), activation.lines(on: interval, lowerSlope: .adaptive))
        for x in [-1e300, -30, -0.5, 0, 0.5, 30, 1e300] where !(x < interval.lower) && !(x > interval.upper) {
          let value = Double(activation.wideValue(Float80(x)))
          #expect(range.lower <= value && value <= range.upper, "\(activation) on \(interval): \(range)")
          #expect(lines.lowerSlope * x + lines.lowerIntercept <= value, "\(activation) on \(interval): \(lines)")
          #expect(lines.upperSlope * x + lines.upperIntercept >= value, "\(activation) on \(interval): \(lines)")
        }
      }
    }
  }

  @Test(arguments: activations) func arraysHoldTheLinesAndRangesOfTheirScalars(_ activation: Activation) {
    let intervals = intervals(activation, 20)
    let arrays = LineArrays(
      activation, lower: intervals.map(\.lower), upper: intervals.map(\.upper), lowerSlope: .same)
    let ranges = activation.ranges(lower: intervals.map(\.lower), upper: intervals.map(\.upper))
    for place in intervals.indices {
      #expect(Interval(ranges.lower[place], ranges.upper[place]) == activation.range(on: intervals[place]))
      #expect(arrays.lines(at: place) == activation.lines(on: intervals[place], lowerSlope: .same))
    }
  }
}
