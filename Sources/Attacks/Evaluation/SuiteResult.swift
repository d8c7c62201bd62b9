public import Networks

/// What one attack of a suite found, within one threat model.
public struct AttackResult: Sendable {
  /// The attack, with all its values.
  public let attack: any Attack
  /// What is held against the target, of the examples that the attack got.
  public let judgement: AttackJudgement
  /// The rows of these examples in the set; in a cascade not all.
  public let rows: [Int]
  /// Every example of the set under what did it most harm: this attack or, in a cascade, this one and those before; within
  /// this radius or a smaller one of the same run.
  public let accuracies: ExampleAccuracies

  /// Creates a result.
  public init(attack: any Attack, judgement: AttackJudgement, rows: [Int], accuracies: ExampleAccuracies) {
    (self.attack, self.judgement, self.rows, self.accuracies) = (attack, judgement, rows, accuracies)
  }

  /// The gradients of all runs.
  public var gradients: (zero: Int, all: Int) {
    judgement.evaluations.reduce((0, 0)) { ($0.0 + $1.zeroGradients, $0.1 + $1.backwards) }
  }

  /// The forward passes of all runs.
  public var forwards: Int { judgement.evaluations.reduce(0) { $0 + $1.forwards } }

  /// The time of all runs.
  public var seconds: Double { judgement.evaluations.reduce(0) { $0 + $1.seconds } }
}

/// What a suite found within one threat model, as far as it got.
public struct SuiteResult: Sendable {
  /// What the attacker was allowed to do.
  public let threat: ThreatModel
  /// The accuracies without any attack.
  public let clean: CleanAccuracies
  /// The union of the same run's attacks within the next smaller radius: what is adversarial there is adversarial here.
  public let smaller: ExampleAccuracies?
  /// The attacks that were finished.
  public package(set) var attacks: [AttackResult] = []
  /// All attacks that were to be run.
  public let requested: [any Attack]

  package init(threat: ThreatModel, clean: CleanAccuracies, smaller: ExampleAccuracies?, requested: [any Attack]) {
    (self.threat, self.clean, self.smaller, self.requested) = (threat, clean, smaller, requested)
  }

  /// Whether every attack was finished.
  public var isComplete: Bool { attacks.count == requested.count }

  /// Every example under what does it most harm.
  public var union: ExampleAccuracies {
    ExampleAccuracies(worstOf: [clean.evaluated] + [smaller].compactMap { $0 } + attacks.map(\.accuracies))
  }
}

extension SuiteResult {
  /// The results in numbers.
  public var summary: SuiteSummary { SuiteSummary(self) }

  /// Every example under the attack that did it most harm, by the model alone, by what ignores the defence or by what knows
  /// it.
  ///
  /// - Returns: nil unless that is known of every attack and example.
  func worst(
    from clean: ExampleAccuracies?, _ accuracies: (AttackJudgement) -> ExampleAccuracies?
  ) -> ExampleAccuracies? {
    let known = ([clean] + attacks.map { accuracies($0.judgement) }).compactMap { $0 }
    guard known.count == attacks.count + 1, known.allSatisfy({ $0.count == self.clean.evaluated.count }) else {
      return nil
    }
    return ExampleAccuracies(worstOf: known)
  }
}

/// What the attacks of a suite found together: for every example what did most harm.
public struct UnionOfCandidates: Sendable {
  /// The attacks.
  public private(set) var attacks: [any Attack] = []
  /// Their union; nil before the first.
  public private(set) var found: EvaluatedCandidates?

  init() {}

  /// Adds what an attack found for the examples at `rows` of the set, all of which are in the union from the beginning: a
  /// first attack of a cascade does not get those that the model classifies wrongly.
  mutating func add(
    _ next: EvaluatedCandidates, by attack: any Attack, rows: [Int], of set: EvaluationSet, clean: Evaluation?
  ) {
    attacks.append(attack)
    let base = rows.count == set.count ? nil : clean.map { EvaluatedCandidates(evaluation: $0, images: set.images) }
    found = (found ?? base).map { $0.union(next, at: rows) } ?? next
  }
}
