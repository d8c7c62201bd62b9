internal import Attacks
internal import Exchange
internal import Networks
internal import Reports

/// A run of attacks that a command line asks for: `attack` and `evaluate` show it as it goes, `replay` runs it again.
enum AttackingRun {
  case attack(AttackRun)
  case evaluation(EvaluationRun)
  case detection(DetectionRun)

  /// Model, defence and examples.
  var inputs: AttackInputs {
    switch self {
    case .attack(let run): run.inputs
    case .evaluation(let run): run.inputs
    case .detection(let run): run.inputs
    }
  }

  /// How many examples are attacked, each as often as an attack runs.
  var attackedCount: Int {
    switch self {
    case .attack(let run): run.inputs.data.count
    case .evaluation(let run): run.attackedCount
    case .detection(let run): run.attackedCount
    }
  }
}

/// A command that runs attacks.
protocol AttackingCommand {
  var execution: RunOptions { get }
  var batchSize: Int { get }
  /// The queries that an attack may make for each example; nil for any number.
  var budget: Int? { get }

  /// The bits to which adversarial pixels are rounded to see whether they survive it.
  var roundingBits: Int? { get }

  /// Reads what the run needs.
  func makeRun(keepsCandidates: Bool) throws -> AttackingRun
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
