/// The commands from the program down to the one that runs.
package struct CommandPath: Sendable {
  private let parents: [any Command.Type]
  package let last: any Command.Type

  init(root: any Command.Type) {
    parents = []
    last = root
  }

  private init(parents: [any Command.Type], last: any Command.Type) {
    self.parents = parents
    self.last = last
  }

  func appending(_ type: any Command.Type) -> CommandPath {
    CommandPath(parents: parents + [last], last: type)
  }

  package var names: [String] { parents.map { $0.name } + [last.name] }

  /// The same with the details that go with it, one below the other.
  var verboseVersion: String {
    let configuration = (parents + [last]).map { $0.configuration }.last { !$0.version.isEmpty }
    let rows = [("version", version ?? "")] + (configuration?.versionDetails() ?? [])
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { label, text in
      label + String(repeating: " ", count: width - label.count + 2) + text
    }.joined(separator: "\n")
  }

  /// The version of the deepest command that states one.
  var version: String? {
    (parents + [last]).map { $0.configuration.version }.last { !$0.isEmpty }
  }

  /// Hints for the names that other tools give to options; a command's own come before its parents'.
  var optionHints: [String: OptionHint] {
    (parents + [last]).reduce(into: [:]) { $0.merge($1.configuration.optionHints) { $1 } }
  }

  /// The subcommand of that very name; no abbreviations, so that a new command breaks no script.
  func subcommand(_ word: String) -> CommandPath? {
    last.configuration.allSubcommands
      .first { $0.name == word || $0.configuration.aliases.contains(word) }
      .map(appending)
  }
}
