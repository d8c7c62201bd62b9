package import Networks

extension Activation {
  /// The range of the function on an interval, rounded outward; all values if an end is not a number.
  package func range(on interval: Interval) -> Interval {
    switch self {
    case .relu: rectifierRange(slope: 0, on: interval)
    case .leakyReLU(let slope): rectifierRange(slope: Double(slope), on: interval)
    default: ActivationShape(self).range(on: interval)
    }
  }

  /// Lines that hold for every real x in the interval, in exact arithmetic of their coefficients.
  ///
  /// - Parameters:
  ///   - interval: Where they must hold. Ends may be infinite.
  ///   - lowerSlope: The slope of the line below where the function is a ReLU on the interval; the others have the lines
  ///     with the least area.
  /// - Returns: The lines; level ones where an end is infinite, infinitely far apart if there is no better.
  package func lines(on interval: Interval, lowerSlope: LowerSlope) -> Lines {
    switch self {
    case .relu: rectifierLines(slope: 0, on: interval, lowerSlope: lowerSlope)
    case .leakyReLU(let slope): rectifierLines(slope: Double(slope), on: interval, lowerSlope: lowerSlope)
    case .relu6 where interval.upper <= 6: rectifierLines(slope: 0, on: interval, lowerSlope: lowerSlope)
    default: ActivationShape(self).lines(on: interval)
    }
  }
}

extension Activation {
  /// The ranges where scalar `i` lies between `lower[i]` and `upper[i]`.
  ///
  /// - Parameters:
  ///   - lower: The lower ends.
  ///   - upper: As many upper ends.
  /// - Returns: The ends of the ranges.
  package func ranges(lower: [Double], upper: [Double]) -> (lower: [Double], upper: [Double]) {
    precondition(lower.count == upper.count, "expected as many upper ends as lower ends")
    let range: (Interval) -> Interval
    switch self {
    case .relu: range = { rectifierRange(slope: 0, on: $0) }
    case .leakyReLU(let slope): range = { rectifierRange(slope: Double(slope), on: $0) }
    default: range = ActivationShape(self).range
    }
    var ends = (lower: lower, upper: upper)
    for place in lower.indices {
      let range = range(Interval(lower[place], upper[place]))
      (ends.lower[place], ends.upper[place]) = (range.lower, range.upper)
    }
    return ends
  }
}
