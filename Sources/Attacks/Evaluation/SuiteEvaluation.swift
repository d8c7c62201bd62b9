public import Networks

/// The run of a suite against a target, within one threat model after the other.
///
///     let evaluation = SuiteEvaluation(.standard, on: set, threats: [threat], target: UndefendedModel(model))
///     let results = try evaluation.run(by: evaluator)
///
/// The radii are worked through from the smallest. An example that an attack broke within one is broken within those
/// that follow, for the point that was found is in their balls too. An attack that does not depend on the radius is run once
/// and judged at every one.
public struct SuiteEvaluation: Sendable {
  /// What happens in the run, for those who show it as it comes.
  public enum Event: Sendable {
    /// The accuracies without any attack are known.
    case began(SuiteResult)
    /// How long the attacks take at most, by the time that the clean images took: once, before the first attack.
    case estimated(seconds: Double)
    /// An attack begins.
    case beganAttack(any Attack, ThreatModel)
    /// An attack is finished, now or in the run that is continued.
    case finishedAttack(AttackResult, in: SuiteResult)
    /// All attacks within a threat model are finished, or the run was cancelled.
    case ended(SuiteResult)
  }

  /// The images.
  public internal(set) var set: EvaluationSet
  /// What the attacker may do, smallest radius first.
  public let threats: [ThreatModel]
  /// What is attacked.
  public let target: any EvaluationTarget
  /// Whether an attack on all examples is to be run, or only on those that stand.
  public let policy: Suite.Policy
  /// For each threat model the attacks that are run.
  public let attacks: [[any Attack]]
  /// Whether the candidates of the attacks are kept, for `union`; they take as much memory as the images.
  public var keepsCandidates = false
  /// Whether it is foretold how long the attacks take; that takes another look at the clean images.
  var isEstimated = true

  /// Finds out which attacks are to be run.
  ///
  /// - Throws: `AttackError` where an attack cannot be run as asked.
  public init(
    _ suite: Suite, on set: EvaluationSet, threats: [ThreatModel], target: any EvaluationTarget
  ) throws {
    (self.set, self.target, policy) = (set, target, suite.policy)
    let threats = threats.sorted { $0.radius < $1.radius }
    self.threats = threats
    attacks = try threats.map { threat in
      try suite.attacks(for: threat, classCount: target.classCount).map(target.adapting)
    }
  }

  /// Runs the attacks that an earlier run has not finished.
  ///
  /// - Parameters:
  ///   - evaluator: Threads, randomness, progress and cancellation.
  ///   - earlier: For each threat model what an earlier run of the same evaluation has finished.
  ///   - onEvent: Told of every step.
  /// - Returns: A result for each threat model; fewer where the run was cancelled, and the last of them partial. With each
  ///   what the attacks that were run now found together within it and those before it, where candidates are kept.
  /// - Throws: What evaluator and `onEvent` throw.
  @discardableResult
  public func run(
    by evaluator: Evaluator, continuing earlier: [[AttackResult]] = [], onEvent: (Event) throws -> Void = { _ in }
  ) throws -> (results: [SuiteResult], unions: [UnionOfCandidates]) {
    var run = SuiteRun(self, evaluator, earlier: earlier)
    var (results, unions) = ([SuiteResult](), [UnionOfCandidates]())
    // The clean accuracies do not depend on the radius.
    guard let first = threats.first,
      let clean = try target.cleanAccuracies(on: set, threat: first, evaluator: evaluator.quiet)
    else { return (results, unions) }
    for (index, threat) in threats.enumerated() {
      guard try !evaluator.workers.ranks.holdsAnywhere(evaluator.isCancelled()) else { break }
      let smaller = target.isRandomized ? nil : results.last?.union
      var result = SuiteResult(threat: threat, clean: clean, smaller: smaller, requested: attacks[index])
      try onEvent(.began(result))
      if index == 0, isEstimated {
        try onEvent(.estimated(seconds: longestTime(of: first, evaluator, after: earlier)))
      }
      for (number, attack) in attacks[index].enumerated() {
        try onEvent(.beganAttack(attack, threat))
        let before = target.isRandomized ? nil : results.last?.attacks[number].accuracies
        guard let found = try run.attack(attack, number: number, at: index, after: result, smaller: before) else {
          break
        }
        result.attacks.append(found)
        try onEvent(.finishedAttack(found, in: result))
      }
      results.append(result)
      unions.append(run.union)
      try onEvent(.ended(result))
      guard result.isComplete else { break }
    }
    return (results, unions)
  }
}

/// What is carried from one attack to the next.
private struct SuiteRun {
  let evaluation: SuiteEvaluation
  let evaluator: Evaluator
  let earlier: [[AttackResult]]
  var union = UnionOfCandidates()
  private var schedule: WorkSchedule
  /// What attacks that do not depend on the radius found when they were run, and for which rows of the set.
  private var known: [AnyHashable: (rows: [Int], findings: AttackFindings)] = [:]

  init(_ evaluation: SuiteEvaluation, _ evaluator: Evaluator, earlier: [[AttackResult]]) {
    (self.evaluation, self.evaluator, self.earlier) = (evaluation, evaluator, earlier)
    schedule = WorkSchedule(total: evaluation.attacks.joined().flatMap(evaluation.target.passes).reduce(0, +))
  }

  /// - Returns: nil where the run was cancelled.
  mutating func attack(
    _ attack: any Attack, number: Int, at index: Int, after result: SuiteResult, smaller: ExampleAccuracies?
  ) throws -> AttackResult? {
    let parts = evaluation.target.passes(of: attack).map { schedule.next($0) }
    if earlier.indices.contains(index), earlier[index].indices.contains(number) { return earlier[index][number] }
    let before = result.union
    let rows = evaluation.policy == .each ? Array(0..<before.count) : before.standing
    guard let findings = try findings(of: attack, at: rows, result.threat, parts) else { return nil }
    let set = evaluation.set(at: rows)
    guard
      let judgement = try evaluation.target.judge(findings, of: set, threat: result.threat, evaluator: evaluator.quiet)
    else { return nil }
    if evaluation.keepsCandidates, let candidates = findings.candidates {
      union.add(
        evaluation.keepsToRadius ? candidates.inside(set) : candidates, by: attack, rows: rows, of: evaluation.set,
        clean: result.clean.evaluation)
    }
    let own = before.replacing(rows, by: judgement.worst)
    return AttackResult(
      attack: attack, judgement: judgement, rows: rows,
      accuracies: ExampleAccuracies(worstOf: [own] + [smaller].compactMap { $0 }))
  }

  private mutating func findings(
    of attack: any Attack, at rows: [Int], _ threat: ThreatModel, _ parts: [ClosedRange<Double>]
  ) throws -> AttackFindings? {
    let key = AnyHashable(attack)
    let budget = type(of: attack).budget
    if let known = known[key], let positions = Self.positions(of: rows, in: known.rows) {
      let findings = known.findings.gathering(positions)
      return budget == .minimal ? findings.within(threat) : findings
    }
    let found = try evaluation.target.findings(
      of: attack, on: evaluation.set(at: rows), threat: threat, evaluators: parts.map(evaluator.part),
      keepsCandidates: evaluation.keepsCandidates)
    if budget != .fixed, let found { known[key] = (rows, found) }
    return found
  }

  /// Where rows are among others; nil where one is not.
  private static func positions(of rows: [Int], in others: [Int]) -> [Int]? {
    let places = Dictionary(zip(others, others.indices)) { first, _ in first }
    let found = rows.compactMap { places[$0] }
    return found.count == rows.count ? found : nil
  }
}

extension SuiteEvaluation {
  /// About how long the attacks take, by a second look at the clean images: the first one made the plans of the network.
  fileprivate func longestTime(
    of threat: ThreatModel, _ evaluator: Evaluator, after earlier: [[AttackResult]]
  ) throws -> Double {
    let start = ContinuousClock.now
    _ = try target.cleanAccuracies(on: set, threat: threat, evaluator: evaluator.quiet)
    return (ContinuousClock.now - start) / .seconds(1) * passesLeft(after: earlier)
  }

  /// The passes for one example that the attacks which an earlier run has not finished make at most.
  fileprivate func passesLeft(after earlier: [[AttackResult]]) -> Double {
    attacks.enumerated().reduce(0) { sum, entry in
      let done = earlier.indices.contains(entry.offset) ? earlier[entry.offset].count : 0
      return sum + entry.element.dropFirst(done).flatMap(target.passes).reduce(0, +)
    }
  }

  /// Whether the union of all attacks holds nothing beyond the radius.
  fileprivate var keepsToRadius: Bool { Budget(of: attacks.flatMap { $0 }) == .fixed }

  /// The examples at some rows.
  fileprivate func set(at rows: [Int]) -> EvaluationSet { rows.count == set.count ? set : set.gathering(rows) }
}

/// How far a piece of work with several parts has come, as parts of one whole.
private struct WorkSchedule {
  let total: Double
  private var done = 0.0

  init(total: Double) { self.total = max(total, 1) }

  /// The part of the whole that the next run is.
  mutating func next(_ weight: Double) -> ClosedRange<Double> {
    let start = min(done / total, 1)
    done += weight
    return start...max(start, min(done / total, 1))
  }
}

extension Evaluator {
  /// The same without reports of progress.
  public var quiet: Evaluator {
    var evaluator = self
    evaluator.onProgress = nil
    return evaluator
  }
}
