import Networks

/// How a function bends on a stretch.
enum Curvature: Hashable, Sendable {
  case convex, concave, straight

  /// That of the function's negative.
  var mirrored: Curvature {
    switch self {
    case .convex: .concave
    case .concave: .convex
    case .straight: .straight
    }
  }
}

/// Where an activation bends which way, and where it turns.
///
/// A knot that is no number of double precision is rounded. On the stretch of less than one unit in the last place that
/// then counts to the wrong side, the derivative is off by the square of that unit, far below `Approximation.slack`.
struct ActivationShape {
  /// The function.
  let activation: Activation
  /// Kinks, inflection points and turning points, in ascending order.
  let knots: [Double]
  /// The curvature left of the first knot, between the first two, and so on.
  let curvatures: [Curvature]
  /// What contains all values.
  let image: Interval

  init(_ activation: Activation) {
    self.activation = activation
    let all = Interval(-.infinity, .infinity)
    switch activation {
    case .relu: (knots, curvatures, image) = ([0], [.straight, .straight], Interval(0, .infinity))
    case .leakyReLU: (knots, curvatures, image) = ([0], [.straight, .straight], all)
    case .relu6: (knots, curvatures, image) = ([0, 6], [.straight, .straight, .straight], Interval(0, 6))
    case .hardSigmoid(let slope):
      let kink = 0.5 / Double(abs(slope))
      (knots, curvatures, image) = ([-kink, kink], [.straight, .straight, .straight], Interval(0, 1))
    case .elu(let alpha):
      (knots, curvatures, image) = ([0], [alpha > 0 ? .convex : alpha < 0 ? .concave : .straight, .straight], all)
    case .selu: (knots, curvatures, image) = ([0], [.convex, .straight], all)
    case .softplus: (knots, curvatures, image) = ([], [.convex], Interval(0, .infinity))
    case .sigmoid: (knots, curvatures, image) = ([0], [.convex, .concave], Interval(0, 1))
    case .tanh: (knots, curvatures, image) = ([0], [.convex, .concave], Interval(-1, 1))
    // Least value −3/8.
    case .hardSwish: (knots, curvatures, image) = ([-3, -1.5, 3], [.straight, .convex, .convex, .straight], all)
    case .gelu, .silu:
      let (turn, inflection) = Self.turnAndInflection(activation)
      (knots, image) = ([-inflection, turn, inflection], all)
      curvatures = [.concave, .convex, .convex, .concave]
    }
  }

  /// Where the function is least, and where it bends; by 40-digit arithmetic. A rounded turning point changes the least
  /// value by the square of a unit in the last place.
  private static func turnAndInflection(_ activation: Activation) -> (turn: Double, inflection: Double) {
    switch activation {
    // Least value −0.169971207479903662; the second derivative is (2 − x²) φ(x).
    case .gelu(approximate: false): (-0.7517915246935644574579, 1.4142135623730950488017)
    // Least value −0.170040750571254051.
    case .gelu(approximate: true): (-0.7524614220710162584880, 1.4185040087908283555480)
    // Least value −0.278464542761073795.
    default: (-1.2784645427610737951094, 2.3993572805154676678327)
    }
  }

  /// The range on an interval, rounded outward: between two knots the function is monotone.
  func range(on interval: Interval) -> Interval {
    guard interval.lower <= interval.upper else { return image }
    var range = Interval(.infinity, -.infinity)
    func include(_ x: Double) {
      let value = activation.value(x)
      range.lower = min(range.lower, value.lower)
      range.upper = max(range.upper, value.upper)
    }
    include(interval.lower)
    include(interval.upper)
    for knot in knots where interval.lower < knot && knot < interval.upper { include(knot) }
    guard range.lower <= range.upper else { return image }
    return Interval(max(range.lower, image.lower), min(range.upper, image.upper))
  }

  /// Lines that hold for every real x in the interval.
  func lines(on interval: Interval) -> Lines {
    guard interval.lower < interval.upper, interval.lower.isFinite, interval.upper.isFinite,
      let above = Envelope(self, sign: 1, on: interval).line,
      let below = Envelope(self, sign: -1, on: interval).line
    else { return Lines(level: range(on: interval)) }
    return Lines(
      lowerSlope: -below.slope, lowerIntercept: -below.intercept, upperSlope: above.slope,
      upperIntercept: above.intercept)
  }
}
