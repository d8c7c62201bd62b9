internal import Arguments
internal import Exchange
internal import Reports

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

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
      let page = NotebookPage(String(decoding: bytes, as: UTF8.self))
      let progress = ProgressLine(
        file, total: page.runCount, unit: "blocks", display: .standardError(quiet: quiet))
      defer { progress.finish() }
      var run = try NotebookRun(page, file: file, environment) { event in
        switch event {
        case .ran: progress.advance()
        case .found(let finding):
          if !json { progress.interrupted { try? StandardOutput.print("\(finding)\n") } }
        }
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
