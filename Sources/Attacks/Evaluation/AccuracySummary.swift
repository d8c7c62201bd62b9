/// Accuracies in numbers, without the shares of single examples, so that any number of examples can be summed up.
public struct AccuracySummary: Hashable, Sendable {
  /// The number of examples.
  public private(set) var count = 0
  /// The number of examples of which an answer was invalid.
  public private(set) var invalidCount = 0
  private var sum = 0.0

  /// Of no examples yet.
  public init() {}

  /// Those of some examples.
  public init(_ accuracies: ExampleAccuracies) { add(accuracies) }

  /// Those under the attack of one evaluation.
  public init(_ evaluation: EvaluationSummary) {
    (count, invalidCount) = (evaluation.count, evaluation.invalidCount)
    sum = Double(evaluation.robustAccuracy.hits)
  }

  /// The mean share; nothing out of nothing.
  public var accuracy: Double? { count == 0 ? nil : sum / Double(count) }

  /// The 95 % score interval of the accuracy, by the number of examples: draws of one example are no evidence about
  /// others. Shares vary less than zeros and ones, so that it is on the safe side.
  public var interval: ClosedRange<Double> {
    accuracy.map { Proportion.interval(fraction: $0, count: count) } ?? 0...1
  }

  /// Takes in more examples.
  public mutating func add(_ part: ExampleAccuracies) {
    count += part.count
    invalidCount += part.invalid.count
    // One by one, so that rounding is that of the whole, whatever its parts are.
    for share in part.shares { sum += share }
  }
}
