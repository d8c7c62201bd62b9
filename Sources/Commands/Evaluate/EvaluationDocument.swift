internal import Attacks
internal import Defences
internal import Exchange
internal import Hyperparameters
internal import Networks
internal import Reports

/// What an evaluation prints: of examples that are all at hand row by row as it comes, else when all ranges are done; with
/// `--json` nothing before the end.
struct EvaluationDocument {
  private let run: EvaluationRun
  private let command: String
  private let seed: UInt64
  private let printer: ReportPrinter
  /// What certifies the same examples; nil where that was not asked.
  private let certifier: CertifyRun?

  init(_ run: EvaluationRun, command: String, _ execution: RunOptions, certifier: CertifyRun?) {
    (self.run, self.command, seed) = (run, command, execution.seed)
    self.certifier = certifier
    printer = ReportPrinter("Evaluation", execution.output)
  }

  private var isDefended: Bool { run.inputs.defended != nil }
  private var isTargeted: Bool { run.inputs.targets != nil }

  /// The lines above the tables.
  func begin(_ data: DatasetProperties, resumed count: Int) throws {
    let inputs = run.inputs
    var heading = Heading(holdsDoubts: false)
    heading.add(inputs.model)
    heading.add(data, path: inputs.dataPath, isGiven: inputs.isDataGiven)
    heading.add("norm", "\(run.norm.symbol), pixels in \(NumberFormat.interval(data.pixelRange))")
    if run.suite.isPreset { heading.add("suite", "\(run.suite.name) \(run.suite.digest), with fixed values") }
    for notice in run.suite.notices(classCount: inputs.target.classCount) { heading.add("note", notice) }
    if let targets = inputs.targets { heading.add("target", targets.title) }
    if run.suite.policy == .cascade { heading.add("policy", "each attack on what those before left standing") }
    heading.add(inputs.precision)
    if let defended = inputs.defended { Self.describe(defended, in: &heading) }
    if let certifier { heading.add("certified", "by \(certifier.method.title)") }
    if count > 0 { heading.add("resumed", "after \(counted(count, "attack", "attacks"))") }
    try printer.print(.facts(heading.facts))
  }

  private static func describe(_ defended: DefendedModel, in heading: inout Heading) {
    heading.add("defence", "\(defended.preprocessor)")
    var adaptive = "\(defended.preprocessor.derivative)"
    if defended.preprocessor.isRandomized {
      adaptive += ", mean over \(counted(defended.samples, "draw", "draws"))"
      heading.add("judged", "by the share of right answers out of \(defended.draws) to every image")
    }
    heading.add("adaptive", adaptive)
  }

  /// The beginning of a radius' table, with the row without any attack.
  func begin(_ result: SuiteSummary, _ progress: ProgressLine) throws {
    var table = Table(columns, title: "eps = \(run.epsilon(of: result.threat))")
    table.append(
      isDefended
        ? ["none"] + [result.bareClean, result.clean, result.clean].map(Cell.percentage)
        : cells("none", result.clean))
    try progress.interrupted { try printer.begin(table) }
  }

  /// A row of it.
  func add(_ found: AttackResultSummary, _ progress: ProgressLine) throws {
    try progress.interrupted { try printer.add(cells(found)) }
  }

  /// The row of the union, that of certificates, and what the table alone would hide.
  func end(_ result: SuiteSummary, _ certified: RadiusResult?, _ progress: ProgressLine) throws {
    let title = result.isComplete ? Self.worst : "worst of \(counted(result.attacks.count, "attack", "attacks"))"
    let row = isDefended ? [.text(title)] + worstColumns(result) : cells(title, result.union)
    try progress.interrupted {
      try printer.add(row)
      if let certified { try printer.add(cells(certified)) }
      try printer.end(notes: notes(result))
    }
  }

  /// All that is above and in the tables, of ranges that are done.
  func show(_ totals: EvaluationTotals, _ progress: ProgressLine) throws {
    var data = totals.examples.data
    data.count = totals.requested
    try begin(data, resumed: 0)
    for result in totals.results {
      try begin(result, progress)
      for found in result.attacks { try add(found, progress) }
      try end(result, nil, progress)
    }
  }

  /// What stands below all tables.
  func end(
    _ totals: EvaluationTotals, _ certificates: [RadiusResult], probes: [Diagnostic], details: [Document.Block],
    pictures: String?, written output: OutputFile?
  ) throws {
    let (results, warnings) = (totals.results, run.warnings(totals, probes: probes))
    let curves = EvaluationCurves(results, certificates, certifiedTitle: certifier.map(Self.title))
    let blocks: [Document.Block] = results.count > 2 ? [.figure(curves.security)] : []
    var facts = minimumNorms(results)
    if !totals.isComplete {
      let (count, all) = (NumberFormat.count(totals.count), NumberFormat.count(totals.requested))
      facts.add("partial", "\(count) of \(all) examples were finished")
    }
    for warning in warnings { facts.add("warning", warning.text) }
    for path in [output?.path, pictures].compactMap({ $0 }) { facts.add("written", path) }
    let certification = certifier.map { (MethodSummary($0.method), certificates) }
    try printer.finish(
      EvaluationReport(
        run, totals, certification, command: command, seed: seed, warnings: warnings.map(\.text)),
      blocks + [.facts(facts)], summary: summary(totals),
      details: (blocks.isEmpty ? [.figure(curves.security)] : []) + curves.details + details + [.facts(digests(totals))]
    )
  }

  private func summary(_ totals: EvaluationTotals) -> String? {
    guard let last = totals.results.last else { return nil }
    let attacks = last.attacks.count == 1 ? last.attacks[0].attack.title : "the worst of \(last.attacks.count) attacks"
    return sentence(
      "Within eps = \(run.epsilon(of: last.threat)) \(attacks)", leave: .percentage(last.union), last.union.interval,
      of: totals.count, without: .percentage(last.clean))
  }

  private func digests(_ totals: EvaluationTotals) -> Facts {
    .digests(run.inputs.model.file, data: totals.examples.data.sha256, fingerprint: totals.fingerprint)
  }
}

extension EvaluationDocument {
  private var columns: [Table.Column] {
    let attack = Table.Column.left("attack", width: titleWidth)
    let costs: [Table.Column] = [.right("gradients", .minor, width: 9), .right("time", .major, width: 7)]
    guard !isDefended else {
      return [attack, .right("no defence", .major), .right("oblivious"), .right("adaptive")] + costs
    }
    let success: [Table.Column] = isTargeted ? [.right("success rate", short: "success", .major, width: 8)] : []
    return [
      attack, .right("robust accuracy", short: "robust", width: 8), .right("95 % interval", .major, width: 16),
    ] + success + [.right("mean distance", short: "distance", .least)] + costs
  }

  /// That of the longest title: rows are printed as they come, so the columns have fixed widths.
  private var titleWidth: Int {
    (run.evaluation.attacks.joined().map(\.title) + [Self.worst] + (certifier.map { [Self.title($0)] } ?? []))
      .map(\.displayWidth).max() ?? 0
  }

  static let worst = "worst of all"

  private func cells(_ title: String, _ accuracies: AccuracySummary, _ rest: [Cell] = []) -> [Cell] {
    [.text(title), .percentage(accuracies), .interval(accuracies.interval)] + rest
  }

  private func cells(_ found: AttackResultSummary) -> [Cell] {
    let costs: [Cell] = [.count(found.gradients.all), .duration(seconds: found.seconds)]
    let title = found.attack.title
    guard !isDefended else {
      let columns = [found.bare.map { AccuracySummary($0) }, found.oblivious, found.adaptive]
      return [.text(title)] + columns.map(Cell.percentage) + costs
    }
    let success: [Cell] = isTargeted ? [.optional(found.bare) { .percentage($0.successRate) }] : []
    return cells(
      title, found.accuracies, success + [.optional(found.bare?.meanDistance) { .number($0) }] + costs)
  }

  private static func title(_ certifier: CertifyRun) -> String { "certified, \(certifier.method.name)" }

  private func cells(_ certified: RadiusResult) -> [Cell] {
    let title = certifier.map(Self.title) ?? "certified"
    return [
      .text(title), .percentage(certified.certified), .interval(certified.certified.interval), .missing, .missing,
      .duration(seconds: certified.seconds),
    ]
  }

  /// The least of every column, where all of it is known of all examples.
  private func worstColumns(_ result: SuiteSummary) -> [Cell] {
    [result.worstBare, result.worstOblivious, result.worstAdaptive].map(Cell.percentage)
  }

  private func notes(_ result: SuiteSummary) -> [String] {
    let worst = result.union
    var notes: [String] = []
    if isDefended {
      notes.append(
        "robust accuracy \(Cell.percentage(worst)), 95 % interval \(NumberFormat.percentages(worst.interval)): the least "
          + "of all columns with the defence")
    }
    if !result.isComplete {
      let left = result.requested.dropFirst(result.attacks.count).map(\.title).joined(separator: "; ")
      notes.append(
        "partial: \(result.attacks.count) of \(counted(result.requested.count, "attack was", "attacks were")) finished; "
          + "not run: \(left)")
    }
    if worst.invalidCount > 0 {
      notes.append("invalid examples, counted as not robust: \(NumberFormat.count(worst.invalidCount))")
    }
    for found in result.attacks {
      guard let evaluation = found.bare else { continue }
      notes += [AttackNotes.queries(found.attack, evaluation), AttackNotes.rounding(found.attack, evaluation)]
        .compactMap { $0 }
    }
    for found in result.attacks where found.gradients.zero > 0 {
      notes.append(
        "zero gradients, \(found.attack.title): \(NumberFormat.count(found.gradients.zero)) of "
          + NumberFormat.count(found.gradients.all))
    }
    return notes
  }

  /// How far minimum-norm attacks had to go, whatever the radius.
  private func minimumNorms(_ results: [SuiteSummary]) -> Facts {
    var facts = Facts()
    for found in results.first?.attacks ?? [] where found.attack is any MinimumNormAttack {
      guard let evaluation = found.bare else { continue }
      facts.add("distance", AttackNotes.norms(found.attack, evaluation))
    }
    return facts
  }
}
