package import Networks

/// The lines of many scalars, coefficient by coefficient.
public struct LineArrays: Hashable, Sendable {
  /// The slopes of the lines below.
  public var lowerSlope: [Double]
  /// The values at 0 of the lines below.
  public var lowerIntercept: [Double]
  /// The slopes of the lines above.
  public var upperSlope: [Double]
  /// The values at 0 of the lines above.
  public var upperIntercept: [Double]

  /// The lines of an activation where scalar `i` lies between `lower[i]` and `upper[i]`.
  package init(_ activation: Activation, lower: [Double], upper: [Double], lowerSlope: LowerSlope) {
    switch activation {
    case .relu:
      self.init(lower, upper) { _, interval in rectifierLines(slope: 0, on: interval, lowerSlope: lowerSlope) }
    case .leakyReLU(let slope):
      self.init(lower, upper) { _, interval in
        rectifierLines(slope: Double(slope), on: interval, lowerSlope: lowerSlope)
      }
    case .relu6:
      self.init(lower, upper) { _, interval in activation.lines(on: interval, lowerSlope: lowerSlope) }
    default:
      let shape = ActivationShape(activation)
      self.init(lower, upper) { _, interval in shape.lines(on: interval) }
    }
  }

  /// The lines of rectifiers where scalar `i` lies between `lower[i]` and `upper[i]` and has the left slope `slopes[i]`.
  package init(rectifierSlopes slopes: [Double], lower: [Double], upper: [Double], lowerSlope: LowerSlope) {
    precondition(slopes.count == lower.count, "expected one slope for each of \(lower.count) scalars")
    self.init(lower, upper) { rectifierLines(slope: slopes[$0], on: $1, lowerSlope: lowerSlope) }
  }

  @inline(__always)
  private init(_ lower: [Double], _ upper: [Double], lines: (Int, Interval) -> Lines) {
    precondition(lower.count == upper.count, "expected as many upper ends as lower ends")
    lowerSlope = Array(repeating: 0, count: lower.count)
    (lowerIntercept, upperSlope, upperIntercept) = (lowerSlope, lowerSlope, lowerSlope)
    for place in lower.indices {
      let lines = lines(place, Interval(lower[place], upper[place]))
      lowerSlope[place] = lines.lowerSlope
      lowerIntercept[place] = lines.lowerIntercept
      upperSlope[place] = lines.upperSlope
      upperIntercept[place] = lines.upperIntercept
    }
  }
}
