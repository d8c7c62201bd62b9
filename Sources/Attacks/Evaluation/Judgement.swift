/// How often each example was classified rightly in spite of an attack.
///
/// For a model that always gives the same answer that is 0 or 1. A randomised one is asked several times, and what counts
/// is the share of its answers that are right: the probability that one answer, as a user of the model gets it, is
/// right. (A vote of many answers would be another model, an average of draws, to be judged as that; counting an example as
/// broken once a single answer is wrong would grow with the number of questions.)
public struct Judgement: Hashable, Sendable {
  /// The share of right answers for every example; nil where nothing can be said.
  public let shares: [Double?]

  /// A judgement example by example.
  public init(shares: [Double?]) {
    self.shares = shares
  }

  /// What one evaluation found.
  public init(_ evaluation: Evaluation) {
    shares = evaluation.examples.map { outcome in
      switch outcome.status {
      case .robust, .beyondRadius: 1
      case .broken, .misclassified: 0
      case .invalid: nil
      }
    }
  }

  /// The mean over several draws of one model.
  public init(draws: [Judgement]) {
    shares = Self.combined(draws) { $0.reduce(0, +) / Double($0.count) }
  }

  /// Every example under the attack that did it most harm: the union of attacks.
  ///
  /// For a randomised model the least of several means of draws is a little below the least probability.
  public init(worstOf judgements: [Judgement]) {
    shares = Self.combined(judgements) { $0.min() ?? 0 }
  }

  private static func combined(_ judgements: [Judgement], _ body: ([Double]) -> Double) -> [Double?] {
    (0..<(judgements.first?.shares.count ?? 0)).map { row in
      let known = judgements.compactMap { $0.shares[row] }
      return known.isEmpty ? nil : body(known)
    }
  }

  /// The number of examples about which something can be said.
  public var count: Int { shares.count { $0 != nil } }

  /// The mean share; nothing out of nothing.
  public var accuracy: Double? {
    let known = shares.compactMap { $0 }
    return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
  }

  /// The 95 % score interval of the accuracy, by the number of examples: draws of one example are no evidence about
  /// others. Shares vary less than zeros and ones, so that it is on the safe side.
  public var interval: ClosedRange<Double> {
    accuracy.map { Proportion.interval(fraction: $0, count: count) } ?? 0...1
  }
}
