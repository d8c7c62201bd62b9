import Wording

/// The help screen of one command.
package struct HelpScreen {
  static let indent = 2
  static let descriptionColumn = 26

  package var command: CommandDescription
  package var columns: Int
  package var includesHidden: Bool

  package init(_ command: CommandDescription, columns: Int, includesHidden: Bool = false) {
    self.command = command
    self.columns = columns
    self.includesHidden = includesHidden
  }

  /// The screen with a line break at its end.
  package var text: String {
    let overview = [command.abstract, command.discussion].filter { !$0.isEmpty }.joined(separator: "\n\n")
    let parts =
      [
        overview.isEmpty ? "" : "OVERVIEW: \(overview)".wrapped(to: columns) + "\n",
        "USAGE: \(command.usage)\n",
      ] + sections + [hint]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private var sections: [String] {
    let untitled = arguments.filter(\.sectionTitle.isEmpty)
    let titles = arguments.map(\.sectionTitle).filter { !$0.isEmpty }.uniqued()
    return [section("Arguments", untitled.filter { $0.kind == .positional })]
      + titles.map { title in section(title, arguments.filter { $0.sectionTitle == title }) }
      + [section("Options", untitled.filter { $0.kind != .positional })]
      + subcommandSections
  }

  private var arguments: [ArgumentDescription] {
    (command.arguments + command.builtIns).filter { includesHidden || ($0.shouldDisplay && !$0.isInTopics) }
  }

  private var subcommands: [CommandDescription] {
    command.subcommands.filter { includesHidden || $0.shouldDisplay }
  }

  private var subcommandSections: [String] {
    subcommands.map(\.sectionTitle).uniqued().map { title in
      section(
        title.isEmpty ? "Subcommands" : "\(title) Subcommands",
        rows: subcommands.filter { $0.sectionTitle == title }.map { subcommand in
          let names = ([subcommand.commandName] + subcommand.aliases).joined(separator: ", ")
          return (names + (subcommand.isDefault ? " (default)" : ""), subcommand.abstract)
        })
    }
  }

  private var hint: String {
    guard !subcommands.isEmpty else { return "" }
    let names = command.path.prefix(1) + ["help"] + command.path.dropFirst()
    return "  See '\(names.joined(separator: " ")) <subcommand>' for detailed help.\n"
  }

  private func section(_ title: String, _ arguments: [ArgumentDescription]) -> String {
    var rows: [(label: String, text: String)] = []
    for argument in arguments {
      if argument.isInverse, let last = rows.indices.last {
        // The inverse name stands on the line of its flag, and its default with it.
        rows[last].label += "/" + argument.helpLabel
        rows[last].text += argument.notes
      } else {
        rows.append((argument.helpLabel, argument.abstract + argument.notes))
      }
    }
    return section(title, rows: rows)
  }

  /// A topic of a command.
  static func text(of topic: HelpTopic, columns: Int) -> String {
    let parts = [
      topic.overview.wrapped(to: columns) + "\n",
      section("Options", rows: topic.rows, columns: columns),
      topic.remark.isEmpty ? "" : topic.remark.wrapped(to: columns) + "\n",
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private func section(_ title: String, rows: [(label: String, text: String)]) -> String {
    Self.section(title, rows: rows, columns: columns)
  }

  private static func section(_ title: String, rows: [(label: String, text: String)], columns: Int) -> String {
    guard !rows.isEmpty else { return "" }
    return "\(title.uppercased()):\n" + rows.map { row($0.label, $0.text, columns: columns) }.joined()
  }

  private static func row(_ label: String, _ text: String, columns: Int) -> String {
    let padded = String(repeating: " ", count: indent) + label
    let trimmed = text.drop { $0 == " " }
    guard !trimmed.isEmpty else { return padded + "\n" }
    let wrapped = String(trimmed).wrapped(to: columns, indent: descriptionColumn)
    guard padded.count < descriptionColumn else { return "\(padded)\n\(wrapped)\n" }
    return padded + wrapped.dropFirst(padded.count) + "\n"
  }
}

extension ArgumentDescription {
  /// `-h, --help` or `-o, --output <file>`.
  var helpLabel: String {
    switch kind {
    case .positional: label()
    case .flag: joinedNames
    case .option: "\(joinedNames) <\(valueName)>"
    }
  }

  private var joinedNames: String { names.map(\.description).joined(separator: ", ") }

  /// ` (values: a, b; default: a)`.
  var notes: String {
    let parts = [
      allValues.isEmpty ? nil : "values: " + allValues.joined(separator: ", "),
      defaultValue.map { "default: " + $0 },
    ].compactMap(\.self)
    return parts.isEmpty ? "" : " (\(parts.joined(separator: "; ")))"
  }
}

extension Array where Element: Hashable {
  fileprivate func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
