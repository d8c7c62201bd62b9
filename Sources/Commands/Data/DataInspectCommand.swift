internal import Arguments
internal import Exchange

/// `advlab data inspect`: how a dataset is understood.
struct DataInspectCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show how a dataset is understood: what was found where, shapes, pixels, labels.",
    discussion: """
      EXAMPLES:
        advlab data inspect Data/digits.h5
        advlab data inspect mnist/ --split train --json
      """)

  init() {}

  @Argument(help: "The file or directory.", completion: .file) var input: String
  var data = DataLayoutOptions()
  var reading = ReadingOptions()
  @Option(help: "The split (default: test, or the only one there is).") var split: String?
  @Flag(help: "Print one JSON object, and nothing else, on standard output.") var json: Bool

  func run() throws {
    var selection = data.selection(split: split ?? "test")
    selection.takesOnlySplit = split == nil
    let dataset = try reading.reader().dataset(input, selection)
    try DatasetReport(dataset, path: input, command: "data inspect").print(json: json)
  }
}
