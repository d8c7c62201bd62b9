internal import Arguments
internal import Attacks
internal import Certification
internal import Exchange
internal import Hyperparameters
internal import Networks
internal import Reports

/// What bounds and exact verification print, row by row as it comes; with `--json` nothing before the end.
struct CertifyDocument {
  private let run: CertifyRun
  private let execution: RunOptions
  private let printer: ReportPrinter

  init(_ run: CertifyRun, _ execution: RunOptions) {
    (self.run, self.execution) = (run, execution)
    printer = ReportPrinter("Certification", execution.output)
  }

  /// The lines above the table, and its head.
  func begin(resumed count: Int) throws {
    let (subject, data) = (run.subject, run.examples.read.data)
    var heading = Heading(holdsDoubts: false)
    heading.add(subject.model)
    heading.add(data, path: subject.dataPath, isGiven: subject.isDataGiven)
    heading.add("method", run.method.title)
    heading.add("norm", "\(run.norm.symbol), pixels in \(NumberFormat.interval(data.pixelRange))")
    if let attack = run.attack { heading.add("attack", "\(attack.text), on the same examples") }
    let clean = run.examples.clean
    heading.add("clean", "\(Cell.percentage(clean)), 95 % interval \(NumberFormat.percentages(clean.interval))")
    let memory = Cell.bytes(run.memoryEstimate(execution.workers) + 500_000)
    heading.add("memory", "about \(memory) for bounds, \(counted(execution.workers.count, "thread", "threads"))")
    if count > 0 { heading.add("resumed", "after \(counted(count, "example", "examples"))") }
    try printer.print(.facts(heading.facts))
    try printer.begin(Table(columns))
  }

  /// The row of a radius.
  func add(_ result: RadiusResult, _ progress: ProgressLine) throws {
    let times = result.times
    let mean = times.isEmpty ? nil : times.reduce(0, +) / Double(times.count)
    let row: [Cell] =
      [.text(result.epsilon.argumentText), .percentage(result.certified), .interval(result.certified.interval)]
      + (run.attack == nil ? [] : [.optional(result.attacked) { .percentage($0) }, .count(result.count(.falsified))])
      + [
        .count(result.count(.undecided)), .optional(result.medianSeconds) { .duration(seconds: $0) },
        .optional(mean) { .duration(seconds: $0) }, .duration(seconds: result.seconds),
      ]
    try progress.interrupted { try printer.add(row) }
  }

  /// What the table alone would hide.
  func endTable(_ results: [RadiusResult], _ progress: ProgressLine) throws {
    var notes = results.filter { !$0.isComplete }.map {
      "partial, eps = \($0.epsilon.argumentText): \($0.examples.count) of \($0.requested) examples were finished"
    }
    let rounded = results.reduce(0) { $0 + $1.breaksByRounding }
    if rounded > 0 {
      notes.append("certified and broken, but from outside the ball by rounding, and not from inside: \(rounded)")
    }
    notes += self.notes
    try progress.interrupted { try printer.end(notes: notes) }
  }

  /// What stands below the table.
  func end(_ results: [RadiusResult], details: [Document.Block], written output: OutputFile?) throws {
    let warnings = run.warnings
    var facts = Facts()
    for warning in warnings { facts.add("warning", warning.text) }
    if let output, !results.isEmpty { facts.add("written", output.path) }
    let digests = Facts.digests(run.subject.model.file, data: run.examples.read.data.sha256)
    try printer.finish(
      CertifyReport(run, results, seed: execution.seed, warnings: warnings.map(\.text), notes: notes),
      [.facts(facts)], summary: results.last.map(summary),
      details: curve(results) + details + [.facts(digests)])
  }

  private func summary(_ result: RadiusResult) -> String {
    "Within eps = \(result.epsilon.argumentText) \(run.method.title) certifies \(Cell.percentage(result.certified)) of "
      + "\(counted(result.examples.count, "image", "images")) (95 % interval "
      + "\(NumberFormat.percentages(result.certified.interval))); \(Cell.percentage(run.examples.clean)) are classified "
      + "rightly."
  }

  /// Certified and attacked accuracy over the radius, from the clean accuracy on.
  private func curve(_ results: [RadiusResult]) -> [Document.Block] {
    let curve = AccuracyCurve(clean: run.examples.clean)
    func series(_ label: String, _ accuracy: (RadiusResult) -> Proportion?) -> [Figure.Series] {
      let found = results.compactMap { result in
        accuracy(result).flatMap { Figure.Point(radius: result.threat.radius, $0) }
      }
      return found.isEmpty ? [] : [Figure.Series(label, curve.points(found))]
    }
    let all = series("certified, at least") { $0.certified } + series("attacked, at most") { $0.attacked }
    return all.isEmpty
      ? [] : [.figure(Figure("Certified accuracy", xLabel: "eps", yLabel: "share of the images", all))]
  }

  /// Of what a certificate speaks.
  private var notes: [String] {
    switch run.arithmetic {
    case .real:
      [
        "certificates hold for the network in exact arithmetic with its float32 weights; the float32 engine, which says "
          + "what is classified rightly, rounds"
      ]
    case .single:
      [
        "certificates hold for the network in single precision, summed in any order, as this engine runs it; not for "
          + "bf16 or Winograd's algorithm"
      ]
    }
  }

  private var columns: [Table.Column] {
    [
      .left("eps", width: run.radii.map(\.argumentText.count).max() ?? 0),
      .right("certified accuracy", short: "certified", width: 9), .right("95 % interval", .major, width: 16),
    ]
      + (run.attack == nil
        ? [] : [.right("attacked accuracy", short: "attacked", width: 8), .right("falsified", .major, width: 9)])
      + [
        .right("undecided", .major, width: 9), .right("median time", short: "median", .least, width: 7),
        .right("mean time", short: "mean", .minor, width: 7), .right("total", .minor, width: 7),
      ]
  }
}

extension RadiusResult {
  /// The median time of the examples that were bounded; nil without any.
  var medianSeconds: Double? {
    let times = times
    guard !times.isEmpty else { return nil }
    return (times[(times.count - 1) / 2] + times[times.count / 2]) / 2
  }
}
