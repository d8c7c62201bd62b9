/// Successes out of trials.
public struct Proportion: Hashable, Sendable {
  /// The number of successes.
  public let hits: Int
  /// The number of trials.
  public let count: Int

  /// Creates a proportion.
  public init(hits: Int, count: Int) {
    self.hits = hits
    self.count = count
  }

  /// hits/count; none out of nothing.
  public var fraction: Double? { count > 0 ? Double(hits) / Double(count) : nil }

  /// The 95 % score interval of Wilson (*Probable inference*, J. Amer. Statist. Assoc. 22, 1927) for the probability
  /// behind the proportion: useful near 0 and 1 too. Everything where nothing was counted.
  public var interval: ClosedRange<Double> {
    guard let fraction else { return 0...1 }
    return Self.interval(fraction: fraction, count: count)
  }

  /// The same for a mean of shares, which need not be a number of hits over the count.
  package static func interval(fraction: Double, count: Int) -> ClosedRange<Double> {
    let quantile = 1.959_963_984_540_054
    let (n, square) = (Double(count), quantile * quantile)
    let center = (fraction + square / (2 * n)) / (1 + square / n)
    let variance = fraction * (1 - fraction) / n + square / (4 * n * n)
    let half = quantile * variance.squareRoot() / (1 + square / n)
    // Where every or no example is a hit, the bound is 1 or 0 but for rounding.
    return (fraction <= 0 ? 0 : max(0, center - half))...(fraction >= 1 ? 1 : min(1, center + half))
  }
}
