package import Networks

extension Activation {
  /// The range of the function on an interval, rounded outward.
  package func range(on interval: Interval) -> Interval {
    switch self {
    case .relu: rectifierRange(slope: 0, on: interval)
    case .leakyReLU(let slope): rectifierRange(slope: Double(slope), on: interval)
    default: Interval(-.infinity, .infinity)
    }
  }

  /// Lines that hold for every real x in the interval, in exact arithmetic of their coefficients.
  package func lines(on interval: Interval, lowerSlope: LowerSlope) -> Lines {
    switch self {
    case .relu: rectifierLines(slope: 0, on: interval, lowerSlope: lowerSlope)
    case .leakyReLU(let slope): rectifierLines(slope: Double(slope), on: interval, lowerSlope: lowerSlope)
    default: Lines(level: range(on: interval))
    }
  }
}
