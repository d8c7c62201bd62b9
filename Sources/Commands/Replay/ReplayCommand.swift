internal import Arguments
internal import Exchange
internal import Reports

/// `advlab replay`: repeats the run that a file records, and compares every bit of the results.
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
  /// The seed is that of the record.
  var execution = ExecutionOptions()
  var reading = ReadingOptions()

  func run() throws {
    let replay = try ReplayRun(file, reading.reader())
    let start = ContinuousClock.now
    let (count, findings) = try replay(execution)
    try ReplayReport(
      replay, count: count, findings: findings, seconds: (ContinuousClock.now - start) / .seconds(1)
    ).print(json: execution.json)
    guard let first = findings.first else { return }
    throw RequirementFailure(
      description: "\(file): \(counted(findings.count, "difference", "differences")); the first: \(first)")
  }
}
