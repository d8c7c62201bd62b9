/// All numbers between two ends.
public struct Interval: Hashable, Sendable {
  /// The least number.
  public var lower: Double
  /// The largest number.
  public var upper: Double

  /// Creates the interval between two ends.
  public init(_ lower: Double, _ upper: Double) {
    self.lower = lower
    self.upper = upper
  }
}
