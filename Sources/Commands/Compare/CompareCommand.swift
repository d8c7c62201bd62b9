internal import Arguments
internal import Exchange
internal import Reports

/// `advlab compare`: results of several runs in one table, a leaderboard for each threat model.
struct CompareCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare results of several models or attacks: a leaderboard for each threat model.",
    discussion: """
      The files are what attack, evaluate and certify printed with --json. Results are compared where they speak of the same \
      images, norm and radius; what a model is worth is the least that any of them leaves of it.

      EXAMPLES:
        advlab evaluate --eps 0.1 --suite autoattack --json
        advlab certify --eps 0.1 --model m.h5 --json
        advlab compare plain.json m.json --report leaderboard.html
      """)

  init() {}

  @Argument(help: "The files.", completion: .file) var files: [String]
  @Option(
    help: "Also write the report to this file, which ends in .html, .md, .csv, .tex or .svg.", valueName: "file",
    completion: .file)
  var report: ReportFile?
  @Flag(help: "Print one JSON object, and nothing else, on standard output.") var json: Bool

  func run() throws {
    try report?.check()
    let results = try files.map { try RecordedResult($0) }
    let comparison = ComparisonDocument(Leaderboard.all(of: results.flatMap(\.entries)), files: files)
    try comparison.print(json: json)
    try ReportOutput(json: json, file: report, seed: nil).write { comparison.document }
  }
}
