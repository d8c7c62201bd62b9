internal import Arguments
internal import Exchange
internal import Reports

/// `advlab replay`: the run that a file records, once more, and whether the same bits came out.
struct ReplayCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Run an attack again that a file records, and compare every bit.",
    discussion: """
      The file is one of adversarial examples (HDF5 or .npz), or what attack or evaluate printed with --json. Paths in the \
      recorded command line are taken as they stand. Exit code 2 where model or data are others now, or anything else came \
      out.

      EXAMPLES:
        advlab attack --pgd --eps 0.1 --output adv.h5
        advlab replay adv.h5
        advlab evaluate --eps 0.1 --json
        advlab replay result.json
      """)

  init() {}

  @Argument(help: "The file that attack or evaluate wrote.", completion: .file) var file: String
  var execution = ReplayOptions()
  var reading = ReadingOptions()

  func run() throws {
    let replay = try ReplayRun(file, reading.reader())
    let start = ContinuousClock.now
    let (count, findings) = try replay(execution.options)
    try ReplayReport(
      replay, count: count, findings: findings, seconds: (ContinuousClock.now - start) / .seconds(1)
    ).print(json: execution.json)
    guard let first = findings.first else { return }
    throw RequirementFailure(
      description: "\(file): \(counted(findings.count, "difference", "differences")); the first: \(first)")
  }
}

/// How a replay runs: the seed is that of the record.
struct ReplayOptions: OptionGroup {
  static let title = "Run"

  @Option(help: "Threads (default: one per core). Results do not depend on it.") var threads: Int?
  @Flag(help: "Print one JSON object, and nothing else, on standard output.") var json: Bool
  @Flag(help: "Show no progress.") var quiet: Bool

  func validate() throws { try options.validate() }

  var options: RunOptions {
    let options = RunOptions()
    (options.threads, options.json, options.quiet) = (threads, json, quiet)
    return options
  }
}
