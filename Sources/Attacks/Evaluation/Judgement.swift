/// How often each example was classified rightly in spite of an attack.
///
/// For a model that always gives the same answer that is 0 or 1. A randomised one is asked several times, and what counts
/// is the share of its answers that are right: the probability that one answer, as a user of the model gets it, is
/// right. (A vote of many answers would be another model, an average of draws, to be judged as that; counting an example as
/// broken once a single answer is wrong would grow with the number of questions.)
public struct Judgement: Hashable, Sendable {
  /// The share of right answers for every example; an invalid answer is not right.
  public let shares: [Double]
  /// The examples of which an answer was invalid.
  public let invalid: Set<Int>

  /// A judgement example by example.
  public init(shares: [Double], invalid: Set<Int> = []) {
    self.shares = shares
    self.invalid = invalid
  }

  /// What became of every example.
  public init(statuses: [ExampleStatus]) {
    shares = statuses.map { $0.isRobust ? 1 : 0 }
    invalid = Set(statuses.indices.filter { statuses[$0].isInvalid })
  }

  /// What one evaluation found.
  public init(_ evaluation: Evaluation) {
    self.init(statuses: evaluation.examples.map(\.status))
  }

  /// The mean over several draws of one model.
  public init(draws: [Judgement]) {
    self.init(combining: draws) { $0.reduce(0, +) / Double($0.count) }
  }

  /// Every example under the attack that did it most harm: the union of attacks.
  ///
  /// For a randomised model the least of several means of draws is a little below the least probability.
  public init(worstOf judgements: [Judgement]) {
    self.init(combining: judgements) { $0.min() ?? 0 }
  }

  private init(combining judgements: [Judgement], _ body: ([Double]) -> Double) {
    shares = (0..<(judgements.first?.shares.count ?? 0)).map { row in body(judgements.map { $0.shares[row] }) }
    invalid = judgements.reduce(into: []) { $0.formUnion($1.invalid) }
  }

  /// The number of examples.
  public var count: Int { shares.count }

  /// The mean share; nothing out of nothing.
  public var accuracy: Double? { shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count) }

  /// The 95 % score interval of the accuracy, by the number of examples: draws of one example are no evidence about
  /// others. Shares vary less than zeros and ones, so that it is on the safe side.
  public var interval: ClosedRange<Double> {
    accuracy.map { Proportion.interval(fraction: $0, count: count) } ?? 0...1
  }
}
