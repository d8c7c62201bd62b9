/// How often each example was classified rightly in spite of an attack.
///
/// For a model that always gives the same answer that is 0 or 1. A randomised one is asked several times, and what counts
/// is the share of its answers that are right: the probability that one answer, as a user of the model gets it, is
/// right. (A vote of many answers would be another model, an average of draws, to be judged as that; counting an example as
/// broken once a single answer is wrong would grow with the number of questions.)
public struct ExampleAccuracies: Hashable, Codable, Sendable {
  /// The share of right answers for every example; an invalid answer is not right.
  public let shares: [Double]
  /// The examples of which an answer was invalid.
  public let invalid: Set<Int>

  /// Accuracies example by example.
  public init(shares: [Double], invalid: Set<Int> = []) {
    self.shares = shares
    self.invalid = invalid
  }

  /// Those that follow from the status of every example.
  public init(statuses: [ExampleStatus]) {
    shares = statuses.map { $0.isRobust ? 1 : 0 }
    invalid = Set(statuses.indices.filter { statuses[$0].isInvalid })
  }

  /// Those under the attack of one evaluation.
  public init(_ evaluation: Evaluation) {
    self.init(statuses: evaluation.examples.map(\.status))
  }

  /// The images of an evaluation without any attack, as far as they were looked at.
  public init(clean evaluation: Evaluation) {
    self.init(statuses: evaluation.examples.map { $0.cleanPrediction == $0.label ? .robust : .misclassified })
  }

  /// The mean over several draws of one model.
  public init(draws: [ExampleAccuracies]) {
    self.init(combining: draws) { $0.reduce(0, +) / Double($0.count) }
  }

  /// Every example under the attack that did it most harm: the union of attacks.
  ///
  /// For a randomised model the least of several means of draws is a little below the least probability.
  public init(worstOf attacks: [ExampleAccuracies]) {
    self.init(combining: attacks) { $0.min() ?? 0 }
  }

  private init(combining all: [ExampleAccuracies], _ body: ([Double]) -> Double) {
    shares = (0..<(all.first?.shares.count ?? 0)).map { row in body(all.map { $0.shares[row] }) }
    invalid = all.reduce(into: []) { $0.formUnion($1.invalid) }
  }

  /// The number of examples.
  public var count: Int { shares.count }

  /// They in numbers.
  public var summary: AccuracySummary { AccuracySummary(self) }

  /// The mean share; nothing out of nothing.
  public var accuracy: Double? { summary.accuracy }

  /// The 95 % score interval of the accuracy.
  public var interval: ClosedRange<Double> { summary.interval }

  /// The examples of which any answer was right.
  var standing: [Int] { shares.indices.filter { shares[$0] > 0 } }

  /// The same with the examples at `rows` replaced by those of `part`, one for each row.
  func replacing(_ rows: [Int], by part: ExampleAccuracies) -> ExampleAccuracies {
    var shares = shares
    for (row, share) in zip(rows, part.shares) { shares[row] = share }
    return ExampleAccuracies(shares: shares, invalid: invalid.union(part.invalid.map { rows[$0] }))
  }
}
