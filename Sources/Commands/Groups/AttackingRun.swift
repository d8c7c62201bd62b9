internal import Arguments
internal import Attacks
internal import Exchange
internal import Networks
internal import Reports

/// A run of attacks that `replay` can repeat.
protocol AttackingRun {
  /// Model, defence and examples.
  var subject: AttackSubject { get }
  /// How many examples are attacked, each as often as an attack runs.
  var attackedCount: Int { get }

  /// Attacks, as far as the evaluator is not interrupted.
  func results(by evaluator: Evaluator) throws -> RepeatedRun
}

/// What `replay` compares with a record.
struct RepeatedRun {
  /// The number of examples.
  let count: Int
  /// That of their results under all attacks.
  let fingerprint: String
  /// The adversarial images, where they are kept.
  let found: EvaluatedCandidates?

  init(count: Int, fingerprint: String, _ found: EvaluatedCandidates? = nil) {
    (self.count, self.fingerprint, self.found) = (count, fingerprint, found)
  }

  /// The results of the examples under all attacks in the order in which they ran.
  init(count: Int, outcomes: [ExampleOutcome], _ found: EvaluatedCandidates? = nil) {
    self.init(count: count, fingerprint: ExampleOutcome.fingerprint(of: outcomes), found)
  }
}

/// A command that runs attacks.
protocol AttackingCommand {
  var model: ModelOptions { get }
  var data: DataOptions { get }
  var execution: RunOptions { get }
  var batchSize: Int { get }
  /// The queries that an attack may make for each example; nil for any number.
  var budget: Int? { get }

  /// The bits to which adversarial pixels are rounded to see whether they survive it.
  var roundingBits: Int? { get }

  /// Reads what the run needs.
  func makeRun(keepsCandidates: Bool) throws -> any AttackingRun
}

/// The command that a file records; nil where its words are none that runs attacks.
func attackingCommand(of arguments: [String]) -> (any AttackingCommand)? {
  guard let request = try? Parser(root: AdvLab.self).parse(arguments), case .run(let command, _) = request else {
    return nil
  }
  return command as? any AttackingCommand
}

extension RequirementFailure {
  /// That of `--require-robust-accuracy`.
  ///
  /// - Parameters:
  ///   - found: The robust accuracy.
  ///   - required: The least that it may be.
  ///   - place: Where it was found, for the message: ` at eps = 0.1`.
  /// - Throws: `RequirementFailure` where it is less.
  static func check(robustAccuracy found: Double?, atLeast required: Double, _ place: String = "") throws {
    let found = found ?? 0
    guard found < required else { return }
    throw RequirementFailure(
      description: "robust accuracy \(NumberFormat.percentage(found))\(place) is below the required "
        + NumberFormat.percentage(required))
  }
}

extension AttackingCommand {
  /// The judge of the attacks; `progress` is told what is done.
  func evaluator(_ progress: ProgressLine) -> Evaluator {
    var evaluator = execution.evaluator(batchSize: batchSize, queryBudget: budget, progress: progress)
    evaluator.roundingBits = roundingBits
    return evaluator
  }
}
