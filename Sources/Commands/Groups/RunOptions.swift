internal import Arguments
internal import Attacks
internal import Networks
internal import Reports

/// How a command runs and reports.
struct RunOptions: OptionGroup {
  static let title = "Run"

  @Option(help: "The seed of everything random.") var seed: UInt64 = 0
  @Option(
    help: """
      Also write the report to this file: a web page (.html) or Markdown (.md) with everything, the tables alone (.csv, \
      .tex) or the plots (.svg). A report of the lab that is there is replaced.
      """, valueName: "file", completion: .file)
  var report: ReportFile?
  var options = ExecutionOptions()

  var workers: Workers { options.workers }
  var json: Bool { options.json }
  var display: ProgressLine.Display { options.display }

  /// The judge of attacks, who tells the progress line what is done.
  func evaluator(batchSize: Int, queryBudget: Int? = nil, progress: ProgressLine? = nil) -> Evaluator {
    var evaluator = Evaluator()
    evaluator.workers = workers
    evaluator.batchSize = batchSize
    evaluator.random = RandomSource(seed: seed)
    evaluator.queryBudget = queryBudget
    evaluator.isCancelled = { InterruptSignal.isRaised }
    if let progress {
      let tally = ProgressTally(progress)
      evaluator.onProgress = { tally.report($0) }
    }
    return evaluator
  }

  func progress(_ title: String, total: Int?, unit: String) -> ProgressLine {
    options.progress(title, total: total, unit: unit)
  }

  /// Where reports go.
  var output: ReportOutput { ReportOutput(json: json, file: report, seed: seed) }

  /// Prints a report, and writes it to the file of `--report`.
  func show(_ report: some Report) throws {
    try report.print(json: json)
    try output.write { report.document }
  }

  /// The same of a report with parts for those who look closer. What keeps these from being made is thrown after the rest
  /// was shown.
  func show(details: () throws -> [Document.Block], in report: ([Document.Block]) -> some Report) throws {
    let made = Result { try details() }
    try show(report((try? made.get()) ?? []))
    _ = try made.get()
  }
}

/// The same but for the seed: for a command that takes it from elsewhere.
struct ExecutionOptions: OptionGroup {
  static let title = "Run"

  @Option(help: "Threads (default: one per core). Results do not depend on it.") var threads: Int?
  @Flag(help: "Print one JSON object, and nothing else, on standard output.") var json: Bool
  @Flag(help: "Show no progress.") var quiet: Bool

  func validate() throws {
    if let threads { try require((1...4096).contains(threads), "threads", "1 to 4096", threads) }
  }

  /// The threads of this process, and the processes of the run.
  var workers: Workers { Workers(count: threads ?? Launch.coreCount, ranks: Launch.ranks) }

  /// How progress shows: that of the first process alone.
  var display: ProgressLine.Display { .standardError(quiet: quiet || !Launch.ranks.isFirst) }

  func progress(_ title: String, total: Int?, unit: String) -> ProgressLine {
    ProgressLine(title, total: total, unit: unit, display: display)
  }
}
