/// How well a score separates positives, for which it should be larger, from negatives.
public struct ROC: Sendable {
  private let negatives: [Double]
  private let positives: [Double]

  /// Takes the scores of both; a NaN counts as larger than everything.
  public init(negatives: [Double], positives: [Double]) {
    self.negatives = negatives.map { $0.isNaN ? .infinity : $0 }.sorted()
    self.positives = positives.map { $0.isNaN ? .infinity : $0 }.sorted()
  }

  /// The area under the curve: the probability that a positive has a larger score than a negative, ties counted half.
  ///
  /// Exact: the statistic of Mann and Whitney (Ann. Math. Statist. 18, 1947) over the number of pairs. Nothing where one
  /// side is empty.
  public var area: Double? {
    guard !negatives.isEmpty, !positives.isEmpty else { return nil }
    var (below, equal) = (0, 0)
    var doubled = 0
    for positive in positives {
      while below < negatives.count, negatives[below] < positive { below += 1 }
      equal = max(equal, below)
      while equal < negatives.count, negatives[equal] == positive { equal += 1 }
      doubled += below + equal
    }
    return Double(doubled) / Double(2 * negatives.count * positives.count)
  }

  /// The smallest threshold such that at most this share of the negatives is above it.
  public func threshold(falsePositiveRate rate: Double) -> Double {
    let allowed = Int((rate * Double(negatives.count)).rounded(.down))
    guard allowed < negatives.count else { return -.infinity }
    return negatives[negatives.count - 1 - allowed]
  }

  /// The share of the positives above that threshold. Nothing where one side is empty.
  public func truePositiveRate(falsePositiveRate rate: Double) -> Double? {
    guard !negatives.isEmpty, !positives.isEmpty else { return nil }
    let threshold = threshold(falsePositiveRate: rate)
    return Double(positives.count { $0 > threshold }) / Double(positives.count)
  }
}
