/// Two lines between which a function lies on an interval.
///
///     lowerSlope · x + lowerIntercept ≤ f(x) ≤ upperSlope · x + upperIntercept
///
/// This holds for every real `x` of the interval, with the coefficients taken as exact numbers: whoever applies the
/// lines has only the rounding of that application to account for.
public struct Lines: Hashable, Sendable {
  /// The slope of the line below.
  public var lowerSlope: Double
  /// The value at 0 of the line below.
  public var lowerIntercept: Double
  /// The slope of the line above.
  public var upperSlope: Double
  /// The value at 0 of the line above.
  public var upperIntercept: Double

  /// Creates the two lines.
  public init(lowerSlope: Double, lowerIntercept: Double, upperSlope: Double, upperIntercept: Double) {
    self.lowerSlope = lowerSlope
    self.lowerIntercept = lowerIntercept
    self.upperSlope = upperSlope
    self.upperIntercept = upperIntercept
  }

  /// One line through zero that is both, for a function that is this line on the interval.
  init(slope: Double) {
    self.init(lowerSlope: slope, lowerIntercept: 0, upperSlope: slope, upperIntercept: 0)
  }

  /// Two level lines.
  init(level range: Interval) {
    self.init(lowerSlope: 0, lowerIntercept: range.lower, upperSlope: 0, upperIntercept: range.upper)
  }
}
