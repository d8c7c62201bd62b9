/// How often a classifier gave each class to an image with noise.
public struct VoteCounts: Hashable, Sendable, Codable {
  /// The samples that voted for each class.
  public private(set) var counts: [Int]
  /// The samples that voted for none, because a logit was not finite. They count as samples, so that they make a lower
  /// bound smaller, as votes for other classes would.
  public private(set) var invalid: Int

  /// Creates counts.
  public init(counts: [Int], invalid: Int = 0) {
    self.counts = counts
    self.invalid = invalid
  }

  /// No samples.
  public init(classCount: Int) {
    self.init(counts: Array(repeating: 0, count: classCount))
  }

  /// The number of samples.
  public var samples: Int { counts.reduce(invalid, +) }

  /// The class with the most votes, of equals the first.
  public var topClass: Int {
    counts.indices.max { counts[$0] < counts[$1] || (counts[$0] == counts[$1] && $0 > $1) } ?? 0
  }

  /// The most votes that another class than `topClass` has.
  public var runnerUpCount: Int {
    let top = topClass
    return counts.indices.lazy.filter { $0 != top }.map { counts[$0] }.max() ?? 0
  }

  /// Enters the vote of one sample.
  mutating func add(_ vote: Int?) {
    if let vote { counts[vote] += 1 } else { invalid += 1 }
  }

  /// The counts of both together: of two ranges of samples those of their union.
  ///
  /// - Precondition: both are of as many classes.
  public static func + (a: VoteCounts, b: VoteCounts) -> VoteCounts {
    precondition(a.counts.count == b.counts.count, "votes for \(a.counts.count) and \(b.counts.count) classes")
    return VoteCounts(counts: zip(a.counts, b.counts).map { $0 + $1 }, invalid: a.invalid + b.invalid)
  }
}
