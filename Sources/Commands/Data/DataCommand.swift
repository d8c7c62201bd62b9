internal import Arguments

/// `advlab data`: datasets.
struct DataCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Generate, import and inspect datasets.",
    subcommands: [DataGenerateCommand.self, DataImportCommand.self, DataInspectCommand.self])

  init() {}
}
