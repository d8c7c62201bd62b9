internal import Arguments
internal import Exchange

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// `advlab notebook`: Markdown pages whose commands run.
struct NotebookCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "notebook",
    abstract: "Run the commands of Markdown pages, and keep what the pages show of their output true.",
    discussion: """
      A block of `sh` is run in a scratch directory, one for each page, with a copy of the shipped Data/ and `advlab` on the \
      path. A block without a language is output of the commands before it: each of its lines must be printed, in their \
      order; lines may be left out. Times and rates are never compared.

      What a page has to say to this command stands in comments before a block, which readers do not see:
        <!-- notebook: skip -->            it is not run, nor is output that follows compared
        <!-- notebook: needs mnist/ -->    data for what follows up to the next heading (see --given)
        <!-- notebook: tolerance 2 -->     percentages may differ by 2 points, other numbers by a fifth
        <!-- notebook: instead COMMANDS --> run in place of the block
        <!-- notebook: run COMMANDS -->    run before it
        <!-- notebook: shows COMMANDS -->  print the output that follows
        <!-- notebook: produces COMMANDS --> print the rows of the table that follows; a first line may state a tolerance
        <!-- notebook: picture FILE -->    the picture that follows is this file, which commands before it wrote

      Commands of comments have two more on their path: `accuracies ARGUMENTS` prints clean and robust accuracy of \
      'advlab attack', and `percent KEY` a fraction of the JSON object that it reads.
      """,
    subcommands: [NotebookRunCommand.self, NotebookCheckCommand.self])

  init() {}
}

/// `advlab notebook check`: whether pages show what their commands print.
struct NotebookCheckCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Run the commands of pages and compare what they print with what the pages show.",
    discussion: """
      Exit code 2 where something differs, 1 where a command failed.

      EXAMPLES:
        advlab notebook check Notebooks-md/01-first-attack.md
        advlab notebook check a.md b.md --given mnist/=data/mnist --python python3
      """)

  init() {}

  var pages = NotebookOptions()

  func run() throws { try pages.run(writing: false) }
}

/// `advlab notebook run`: the same, and pages are made to show it.
struct NotebookRunCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run the commands of pages and write what they print into the pages.",
    discussion: """
      The lines that a page shows are replaced by those that are printed in their place, and pictures by those that were \
      made; everything else stays. Numbers that were replaced and still stand in the prose are listed.

      EXAMPLES:
        advlab notebook run Notebooks-md/01-first-attack.md
      """)

  init() {}

  var pages = NotebookOptions()

  func run() throws { try pages.run(writing: true) }
}

/// Which pages, and what they need.
struct NotebookOptions: OptionGroup {
  static let title = "Pages"

  @Argument(help: "The pages.", completion: .file) var files: [String]
  @Option(
    help: "Data that pages need and where it is; without it that part is skipped.", valueName: "name=path")
  var given: [GivenPath] = []
  @Option(
    help: "What runs blocks of Python; without it a page is skipped from its first one on.", valueName: "program",
    completion: .file)
  var python: String?
  @Option(
    help: "Percentages may differ by so many points, other numbers by a fifth: for another kind of processor.",
    valueName: "points")
  var tolerance: Double?
  @Option(help: "The directory with what ships with the lab.", valueName: "directory", completion: .directory)
  var dataDirectory: String?
  @Flag(help: "Print one JSON object, and nothing else, on standard output.") var json: Bool
  @Flag(help: "Show no progress.") var quiet: Bool

  func validate() throws {
    if let tolerance { try require((0...100).contains(tolerance), "tolerance", "0 to 100", tolerance) }
  }

  /// Checks all pages; where they are written, they then show what was printed.
  func run(writing: Bool) throws {
    InterruptSignal.listen()
    let environment = NotebookEnvironment(
      data: try DataDirectory(given: dataDirectory).path, python: python, tolerance: tolerance,
      given: Dictionary(given.map { ($0.name, $0.path) }) { $1 })
    var results: [NotebookResult] = []
    for file in files {
      guard let bytes = FileManager.default.contents(atPath: file) else {
        throw ExchangeError(kind: .missing, file: file, message: "expected a page, found none that can be read")
      }
      var run = try NotebookRun(NotebookPage(String(decoding: bytes, as: UTF8.self)), file: file, environment) {
        finding in
        if !json { try? StandardOutput.print("\(finding)\n") }
      }
      try run(writing: writing)
      results.append(run.result)
    }
    try NotebookReport(results).print(json: json)
    try check(results, writing: writing)
  }

  private func check(_ results: [NotebookResult], writing: Bool) throws {
    let failures = results.reduce(0) { $0 + $1.count(.failed) }
    guard failures == 0 else {
      throw ProcessFailure("\(counted(failures, "block", "blocks")) failed")
    }
    let differences = results.reduce(0) { $0 + $1.count(.differs) }
    guard differences == 0 || writing else {
      throw RequirementFailure(
        description: "\(counted(differences, "line differs", "lines differ")) from what is printed")
    }
  }
}

/// `mnist/=data/mnist`: the name of data in pages, and where it is.
struct GivenPath: ArgumentValue, Hashable {
  let name: String
  let path: String

  init?(argument: String) {
    guard let place = argument.firstIndex(of: "="), place != argument.startIndex else { return nil }
    (name, path) = (String(argument[..<place]), String(argument[argument.index(after: place)...]))
  }

  var argumentText: String { "\(name)=\(path)" }
}
