public import Networks

/// The results of one attack in numbers, without those of single examples, so that any number of examples can be summed up
/// range by range. Only what medians are told of grows with it: a number for each adversarial point that a minimum-norm or
/// black-box attack found.
public struct EvaluationSummary: Hashable, Sendable {
  /// What the attacker was allowed to do.
  public let threat: ThreatModel
  /// The number of examples that were finished.
  public private(set) var count = 0
  /// The number of examples that were asked for.
  public private(set) var requested = 0
  /// The time of the whole evaluation, with the passes that check the attack.
  public private(set) var seconds = 0.0
  /// The number of invalid examples.
  public private(set) var invalidCount = 0
  /// The first of them, and what is wrong with it.
  public private(set) var firstInvalid: InvalidExample?
  /// The largest of the successful perturbations.
  public private(set) var largestDistance: Float?
  /// The forward passes of the attack; one pass of a batch counts for every image in it.
  public private(set) var forwards = 0
  /// The backward passes of the attack: gradient evaluations.
  public private(set) var backwards = 0
  /// The gradients that were zero in every pixel and gave the attack no direction.
  public private(set) var zeroGradients = 0
  /// Of the successes, those that are left when pixels are rounded; of none where that was not asked.
  public private(set) var rounded = Proportion(hits: 0, count: 0)

  private var rightCount = 0
  private var robustCount = 0
  private var brokenCount = 0
  private var distanceSum = 0.0
  /// The distances found, whatever the radius, and how many examples were attacked.
  private var norms: [Float] = []
  private let keepsNorms: Bool
  private var attackedCount = 0
  /// Nil for an attack that is no black box.
  private var queries: [Int]?
  private var failedCount = 0
  private var hash = Fingerprint()

  /// An example that broke a rule.
  public struct InvalidExample: Hashable, Sendable {
    /// Its index in the dataset.
    public let id: Int
    /// The rule.
    public let defect: Defect
  }

  /// Nothing yet.
  ///
  /// - Parameters:
  ///   - threat: What the attacker may do.
  ///   - budget: That of the attack: only of one that looks for the nearest example the norms are kept. Nil where it is not
  ///     known.
  public init(threat: ThreatModel, budget: Budget? = nil) {
    self.threat = threat
    keepsNorms = budget == nil || budget == .minimal
  }

  /// Whether every example was finished; if not, the evaluation was cancelled.
  public var isComplete: Bool { count == requested }

  /// The share of the images that the model classifies rightly; one without a prediction is not.
  public var cleanAccuracy: Proportion { Proportion(hits: rightCount, count: count) }

  /// The share of the images that the model classifies rightly and the attack did not break.
  ///
  /// Every example counts, whatever happened to it: an invalid one is not robust. Left out, it would raise the accuracy
  /// by what is no evidence, and several attacks would be judged by different examples.
  public var robustAccuracy: Proportion { Proportion(hits: robustCount, count: count) }

  /// The share of the examples attacked that the attack broke, among those it left valid.
  public var successRate: Proportion { Proportion(hits: brokenCount, count: brokenCount + robustCount) }

  /// The mean size of the successful perturbations, in the norm of the threat model.
  public var meanDistance: Double? { brokenCount == 0 ? nil : distanceSum / Double(brokenCount) }

  /// Gradient evaluations per second of the whole evaluation.
  public var gradientsPerSecond: Double { seconds > 0 ? Double(backwards) / seconds : 0 }

  /// The distances that a minimum-norm attack found, whatever the radius; none of an attack of another kind.
  public var minimumNorms: MinimumNorms { MinimumNorms(found: norms.sorted(), attacked: attackedCount) }

  /// The queries that the attack made for each example until it showed the model an adversarial point within the radius, in
  /// ascending order; examples that it did not break are left out. Nil for an attack that is no black box.
  public var queriesToSuccess: [Int]? { queries?.sorted() }

  /// The share of the attacked examples that are broken with so many queries each.
  public func successRate(within limit: Int) -> Double? {
    guard let queries, successRate.count > 0 else { return nil }
    return Double(queries.count { $0 <= limit }) / Double(successRate.count)
  }

  /// One hash, in hexadecimal, of the status and the adversarial images of the examples: equal where an evaluation was run
  /// again and gave the same bits.
  public var fingerprint: String { hash.digits }

  /// Whether model or attack threw on every single example.
  var hasOnlyFailures: Bool { count > 0 && failedCount == count }

  /// Takes in the results of more examples of the same evaluation.
  public mutating func add(_ part: Evaluation) {
    requested += part.requested
    seconds += part.seconds
    for outcome in part.examples { add(outcome) }
  }

  /// Takes note of examples that were not reached.
  public mutating func skip(_ examples: Int) { requested += examples }

  private mutating func add(_ outcome: ExampleOutcome) {
    count += 1
    forwards += outcome.forwards
    backwards += outcome.backwards
    zeroGradients += outcome.zeroGradients
    hash.add(outcome)
    if outcome.cleanPrediction == outcome.label { rightCount += 1 }
    if outcome.status.isRobust { robustCount += 1 }
    if let survives = outcome.survivesRounding {
      rounded = Proportion(hits: rounded.hits + (survives ? 1 : 0), count: rounded.count + 1)
    }
    if outcome.trace != nil, queries == nil { queries = [] }
    switch outcome.status {
    case .misclassified: break
    case .robust: attackedCount += 1
    case .beyondRadius:
      attackedCount += 1
      if keepsNorms { norms.append(outcome.distance) }
    case .broken:
      attackedCount += 1
      if keepsNorms { norms.append(outcome.distance) }
      addBroken(outcome)
    case .invalid(let defect):
      invalidCount += 1
      if outcome.hasFailed { failedCount += 1 }
      if firstInvalid == nil { firstInvalid = InvalidExample(id: outcome.id, defect: defect) }
    }
  }

  private mutating func addBroken(_ outcome: ExampleOutcome) {
    brokenCount += 1
    distanceSum += Double(outcome.distance)
    largestDistance = max(largestDistance ?? outcome.distance, outcome.distance)
    if let found = outcome.trace?.first(where: { threat.allows($0.distance) }) { queries?.append(found.queries) }
  }
}

/// How far a minimum-norm attack had to go.
public struct MinimumNorms: Hashable, Sendable {
  /// The distances found, in ascending order.
  public let found: [Float]
  /// The number of examples that were attacked.
  public let attacked: Int

  /// The mean of those found.
  public var mean: Double? {
    found.isEmpty ? nil : found.reduce(0) { $0 + Double($1) } / Double(found.count)
  }

  /// The median over all examples that were attacked; nil where it is one of which no adversarial point was found. An even
  /// number has the mean of the two in the middle.
  public var median: Double? {
    let (lower, upper) = ((attacked - 1) / 2, attacked / 2)
    guard attacked > 0, upper < found.count else { return nil }
    return (Double(found[lower]) + Double(found[upper])) / 2
  }
}
