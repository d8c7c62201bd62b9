internal import Attacks
internal import Defences
internal import Exchange
internal import Networks
internal import Reports

/// What an evaluation prints, row by row as it comes; with `--json` nothing before the end.
struct EvaluationOutput {
  private let session: EvaluationSession
  private let table: EvaluationTable

  init(_ session: EvaluationSession) {
    self.session = session
    table = EvaluationTable(
      isDefended: session.defended != nil, isTargeted: session.request.settings.targets != nil,
      width: Terminal.standardOutput.tableWidth)
  }

  private var isJSON: Bool { session.request.execution.json }

  /// The lines above the tables.
  func begin() throws {
    guard !isJSON else { return }
    let request = session.request
    var heading = Heading(holdsDoubts: false)
    heading.add(session.model)
    heading.add(session.data, path: session.dataPath, isGiven: request.data.data != nil)
    heading.add("norm", "\(request.norm.symbol), pixels in \(NumberFormat.interval(session.data.pixelRange))")
    if let choice = request.settings.targets { heading.add("target", choice.title) }
    heading.add(request.gradients.precision)
    if let defended = session.defended { EvaluationTable.describe(defended, in: &heading) }
    try StandardOutput.print(heading.text())
  }

  /// The beginning of a radius' table.
  func begin(_ result: RadiusResult, _ progress: ProgressLine) throws {
    try print("\neps = \(result.epsilon.argumentText)\n" + table.header + table.clean(result.clean), progress)
  }

  /// A row of it.
  func add(_ result: AttackResult, _ progress: ProgressLine) throws {
    try print(table.row(result), progress)
  }

  /// Its end.
  func end(_ result: RadiusResult, _ progress: ProgressLine) throws {
    try print(table.end(result), progress)
  }

  /// What stands below all tables.
  func end(_ results: [RadiusResult], isWritten: Bool) throws {
    let warnings = warnings(results)
    guard !isJSON else {
      return try StandardOutput.print(
        json: EvaluationReport(results, warnings: warnings.map(\.text), session: session))
    }
    var text = EvaluationWarning.lines(warnings)
    if isWritten, let output = session.request.output, results.contains(where: { !$0.attacks.isEmpty }) {
      text += "written  \(output.path)\n"
    }
    if !text.isEmpty { try StandardOutput.print("\n" + text) }
  }

  private func print(_ text: String, _ progress: ProgressLine) throws {
    guard !isJSON, !text.isEmpty else { return }
    try progress.interrupted { try StandardOutput.print(text) }
  }

  private func warnings(_ results: [RadiusResult]) -> [EvaluationWarning] {
    let runs = results.flatMap { result in
      result.attacks.flatMap { found in
        found.evaluations.map {
          EvaluatedRun(attack: found.attack, epsilon: result.epsilon.argumentText, evaluation: $0)
        }
      }
    }
    return EvaluationWarning.all(
      of: session.data, session.model,
      threats: results.map { ($0.threat, $0.epsilon.argumentText) }, clean: results.first?.clean.defended, runs: runs,
      isTargeted: session.request.settings.targets != nil, canAttackMargin: true)
  }
}
