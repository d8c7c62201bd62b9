public import Networks

/// What a suite found within one threat model in numbers, without those of single examples, so that any number of examples
/// can be summed up range by range.
public struct SuiteSummary: Sendable {
  /// What the attacker was allowed to do.
  public let threat: ThreatModel
  /// The accuracies without any attack, of what is evaluated.
  public private(set) var clean = AccuracySummary()
  /// Those of the model without its defence; nil where it takes other images.
  public private(set) var bareClean: AccuracySummary?
  /// Every example under what does it most harm.
  public private(set) var union = AccuracySummary()
  /// The attacks that were finished.
  public private(set) var attacks: [AttackResultSummary]
  /// All attacks that were to be run.
  public let requested: [any Attack]

  /// Every example under the attack that did most harm to the model alone; nil unless that is known of every attack and
  /// example, as the next two are.
  public private(set) var worstBare: AccuracySummary? = AccuracySummary()
  /// The same of attacks that ignore the defence, judged with it.
  public private(set) var worstOblivious: AccuracySummary? = AccuracySummary()
  /// The same of attacks that know the defence.
  public private(set) var worstAdaptive: AccuracySummary? = AccuracySummary()

  /// What `diagnostics` counts.
  private(set) var searchedOnly = 0
  private(set) var steppedOnly = 0

  /// The results of some examples.
  public init(_ result: SuiteResult) {
    (threat, requested) = (result.threat, result.requested)
    attacks = result.attacks.map { AttackResultSummary(of: $0.attack) }
    add(result)
  }

  /// Whether every attack was finished.
  public var isComplete: Bool { attacks.count == requested.count }

  /// Takes in the results of more examples of the same suite.
  ///
  /// - Precondition: as many attacks were finished.
  public mutating func add(_ part: SuiteResult) {
    precondition(part.attacks.count == attacks.count, "results of another suite")
    clean.add(part.clean.evaluated)
    bareClean.add(part.clean.bare)
    union.add(part.union)
    for (index, found) in part.attacks.enumerated() { attacks[index].add(found) }
    worstBare.addIfKnown(part.worst(from: part.clean.bare) { $0.bare.map { ExampleAccuracies($0) } })
    worstOblivious.addIfKnown(part.worst(from: part.clean.evaluated, \.oblivious))
    worstAdaptive.addIfKnown(part.worst(from: part.clean.evaluated, \.adaptive))
    searchedOnly += part.searchedOnly
    steppedOnly += part.steppedOnly
  }
}

/// What one attack of a suite found, in numbers.
public struct AttackResultSummary: Sendable {
  /// The attack, with all its values.
  public let attack: any Attack
  /// How many examples it got; in a cascade not all.
  public private(set) var rowCount = 0
  /// All examples under what did them most harm: this attack or, in a cascade, this one and those before; within this
  /// radius or a smaller one of the same run.
  public private(set) var accuracies = AccuracySummary()
  /// The attack on the model without its defence, judged on that; nil where it takes other images.
  public private(set) var bare: EvaluationSummary?
  /// What that found, judged with the defence (oblivious attack).
  public private(set) var oblivious: AccuracySummary?
  /// The attack on model and defence together (adaptive attack), as it went.
  public private(set) var adaptiveEvaluation: EvaluationSummary?
  /// What that found, judged with the defence.
  public private(set) var adaptive: AccuracySummary?

  /// What the diagnostics of the suite count.
  private(set) var brokenBefore = 0
  private(set) var obliviousOnly = 0

  /// Nothing yet.
  init(of attack: any Attack) { self.attack = attack }

  /// The results of some examples.
  public init(_ result: AttackResult) {
    self.init(of: result.attack)
    add(result)
  }

  /// The evaluations behind it.
  public var evaluations: [EvaluationSummary] { [bare, adaptiveEvaluation].compactMap { $0 } }

  /// The gradients of all runs.
  public var gradients: (zero: Int, all: Int) {
    evaluations.reduce((0, 0)) { ($0.0 + $1.zeroGradients, $0.1 + $1.backwards) }
  }

  /// The forward passes of all runs.
  public var forwards: Int { evaluations.reduce(0) { $0 + $1.forwards } }

  /// The time of all runs.
  public var seconds: Double { evaluations.reduce(0) { $0 + $1.seconds } }

  /// Takes in the results of more examples.
  mutating func add(_ part: AttackResult) {
    rowCount += part.rows.count
    accuracies.add(part.accuracies)
    bare.add(part.judgement.bare, of: attack)
    oblivious.add(part.judgement.oblivious)
    adaptiveEvaluation.add(part.judgement.adaptiveEvaluation, of: attack)
    adaptive.add(part.judgement.adaptive)
    brokenBefore += part.brokenBefore
    obliviousOnly += part.obliviousOnly
  }
}

extension EvaluationSummary? {
  fileprivate mutating func add(_ part: Evaluation?, of attack: any Attack) {
    guard let part else { return }
    var sum = self ?? EvaluationSummary(threat: part.threat, budget: type(of: attack).budget)
    sum.add(part)
    self = sum
  }
}

extension AccuracySummary? {
  fileprivate mutating func add(_ part: ExampleAccuracies?) {
    guard let part else { return }
    var sum = self ?? AccuracySummary()
    sum.add(part)
    self = sum
  }

  /// What is not known of a part is not known of the whole.
  fileprivate mutating func addIfKnown(_ part: ExampleAccuracies?) {
    guard part != nil, self != nil else {
      self = nil
      return
    }
    add(part)
  }
}
