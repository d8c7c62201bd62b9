internal import Networks

extension ActivationShape {
  /// What contains every slope `(f(x) − f(y)) / (x − y)` for x and y of an interval, rounded outward: the range of the
  /// derivative inside, since between two knots it is monotone, and a slope is a mean of derivatives.
  func derivativeRange(on interval: Interval) -> Interval {
    var (from, last) = (max(interval.lower, -.greatestFiniteMagnitude), min(interval.upper, .greatestFiniteMagnitude))
    guard from <= last else { return Interval(-.infinity, .infinity) }
    // Its kinks are no numbers of double precision; those of the others are.
    if case .hardSigmoid = activation { (from, last) = (from.nextDown, last.nextUp) }
    var range = Interval(.infinity, -.infinity)
    func include(_ x: Double) {
      let derivative = activation.derivative(x)
      range.lower = min(range.lower, derivative.lower)
      range.upper = max(range.upper, derivative.upper)
    }
    for (place, curvature) in curvatures.enumerated() {
      let end = place < knots.count ? knots[place] : .infinity
      if end <= from { continue }
      if curvature == .straight {
        include(pointInside(stretch: place))
      } else {
        include(from)
        include(min(end, last))
      }
      from = min(end, last)
      if from == last { break }
    }
    return range.lower <= range.upper ? range : Interval(-.infinity, .infinity)
  }

  /// A point well inside a stretch between two knots.
  private func pointInside(stretch: Int) -> Double {
    guard let first = knots.first, let last = knots.last else { return 0 }
    if stretch == 0 { return first - max(1, abs(first)) }
    if stretch == knots.count { return last + max(1, abs(last)) }
    return knots[stretch - 1] / 2 + knots[stretch] / 2
  }
}

extension ElementwiseFunction {
  /// What contains every slope of one scalar's function on an interval.
  func derivativeRange(of place: Int, on interval: Interval, _ shape: ActivationShape?) -> Interval {
    switch self {
    case .activation(let activation):
      return (shape ?? ActivationShape(activation)).derivativeRange(on: interval)
    case .rectifier(let slopes):
      if interval.lower >= 0 { return Interval(1, 1) }
      if interval.upper <= 0 { return Interval(slopes[place], slopes[place]) }
      // Written so that an interval that is not a number has both slopes.
      return Interval(min(slopes[place], 1), max(slopes[place], 1))
    }
  }

  /// The shape of an activation.
  var shape: ActivationShape? {
    switch self {
    case .activation(let activation): ActivationShape(activation)
    case .rectifier: nil
    }
  }
}
