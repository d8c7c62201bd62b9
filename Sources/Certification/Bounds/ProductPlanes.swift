/// A plane over two factors: `xSlope · x + ySlope · y + intercept`.
package struct Plane: Hashable, Sendable {
  /// What the first factor is multiplied by.
  package var xSlope: Double
  /// What the second factor is multiplied by.
  package var ySlope: Double
  /// The value at the origin.
  package var intercept: Double
}

/// McCormick's planes (Mathematical Programming 10, 1976): the convex and the concave envelope of `x · y` on a box.
///
/// They hold for all real x and y of the box, with the coefficients taken as exact: the slopes are ends of the box, and
/// the intercept is one product, rounded outward. At the middle of the box both lower planes have the same value, and
/// so have both upper ones: neither is better by volume, and any mixture of the two holds as well.
package struct ProductPlanes: Hashable, Sendable {
  /// From `(x − x_l)(y − y_l) ≥ 0` and from `(x_u − x)(y_u − y) ≥ 0`.
  package var lower: [Plane]
  /// From `(x − x_l)(y_u − y) ≥ 0` and from `(x_u − x)(y − y_l) ≥ 0`.
  package var upper: [Plane]

  /// The planes on a box; level ones if an end is infinite.
  package init(_ x: Interval, _ y: Interval) {
    guard [x.lower, x.upper, y.lower, y.upper].allSatisfy(\.isFinite) else {
      let range = productRange(x, y)
      lower = Array(repeating: Plane(xSlope: 0, ySlope: 0, intercept: range.lower), count: 2)
      upper = Array(repeating: Plane(xSlope: 0, ySlope: 0, intercept: range.upper), count: 2)
      return
    }
    // Minus a product rounded upward is rounded downward.
    func plane(_ x: Double, _ y: Double, intercept: Double) -> Plane {
      Plane(xSlope: y, ySlope: x, intercept: intercept)
    }
    lower = [(x.lower, y.lower), (x.upper, y.upper)].map { plane($0, $1, intercept: -productBounds($0, $1).upper) }
    upper = [(x.lower, y.upper), (x.upper, y.lower)].map { plane($0, $1, intercept: -productBounds($0, $1).lower) }
  }
}

/// The range of the product of two numbers in intervals, rounded outward.
package func productRange(_ x: Interval, _ y: Interval) -> Interval {
  guard x.lower <= x.upper, y.lower <= y.upper else { return Interval(-.infinity, .infinity) }
  let corners = [x.lower, x.upper].flatMap { first in [y.lower, y.upper].map { productBounds(first, $0) } }
  return corners.dropFirst().reduce(corners[0]) { Interval(min($0.lower, $1.lower), max($0.upper, $1.upper)) }
}

/// One rounded product and its neighbours; 0 times anything is 0.
private func productBounds(_ x: Double, _ y: Double) -> Interval {
  x == 0 || y == 0 ? Interval(0, 0) : Interval((x * y).nextDown, (x * y).nextUp)
}
