/// Puts a parser error into words: the message, a line of help on the argument, the usage, where to read more.
package struct Diagnostics {
  package let command: CommandDescription
  /// Hints for the names that other tools give to options.
  package let hints: [String: OptionHint]

  package init(command: CommandDescription, hints: [String: OptionHint] = [:]) {
    self.command = command
    self.hints = hints
  }

  /// The block for standard error.
  func block(for problem: ParserError) -> String {
    let help = helpLine(for: problem).map { "Help:  \($0)\n" } ?? ""
    return "Error: \(message(for: problem))\n" + help + usage
  }

  func block(for rejection: ValidationError) -> String {
    "Error: \(rejection.description)\n" + usage
  }

  private var usage: String {
    "Usage: \(command.usage)\n  See '\(command.path.joined(separator: " ")) --help' for more information.\n"
  }

  package func message(for problem: ParserError) -> String {
    switch problem {
    case .unknownOption(let spelled):
      return "Unknown option '\(spelled)'" + (hint(on: spelled) ?? suggestion(for: spelled, among: longNames))
    case .unknownSubcommand(let word):
      return "Unknown subcommand '\(word)'" + suggestion(for: word, among: subcommandNames)
    case .missingValue(let argument, let name):
      return "Missing value for '\(argument.label(as: name))'"
    case .invalidValue(let argument, let name, let value, let reason):
      let detail = reason.map { ": \($0)" } ?? choice(among: argument.allValues)
      return "The value '\(value)' is invalid for '\(argument.label(as: name))'\(detail)"
    case .valueForFlag(let name, let value):
      return "The option '\(name)' does not take any value, but '\(value)' was specified."
    case .repeatedOption(let name):
      return "The option '\(name)' can be given only once."
    case .exclusiveFlags(let name, let earlier):
      return "Value to be set with flag '\(name)' had already been set with flag '\(earlier)'"
    case .unexpectedWords(let words):
      let list = words.map { "'\($0)'" }.joined(separator: ", ")
      return words.count == 1 ? "Unexpected argument \(list)" : "\(words.count) unexpected arguments: \(list)"
    case .missing(let alternatives):
      let list = alternatives.map { "'\($0.requiredSynopsis)'" }.joined(separator: ", ")
      return alternatives.count == 1 ? "Missing expected argument \(list)" : "Missing one of: \(list)"
    }
  }

  private func helpLine(for problem: ParserError) -> String? {
    switch problem {
    case .missingValue(let argument, let name): helpLine(on: argument, as: name)
    case .invalidValue(let argument, let name, _, _): helpLine(on: argument, as: name)
    case .missing(let alternatives): alternatives.count == 1 ? helpLine(on: alternatives[0], as: nil) : nil
    case .unknownOption, .unknownSubcommand, .valueForFlag, .repeatedOption, .exclusiveFlags, .unexpectedWords: nil
    }
  }

  private func helpLine(on argument: ArgumentDescription, as name: Name?) -> String? {
    argument.abstract.isEmpty ? nil : "\(argument.label(as: name))  \(argument.abstract)"
  }

  private var longNames: [String] {
    (command.arguments + command.builtIns).filter(\.shouldDisplay)
      .flatMap(\.names).filter(\.isLong).map(\.description)
  }

  private var subcommandNames: [String] {
    command.subcommands.filter(\.shouldDisplay).flatMap { [$0.commandName] + $0.aliases }
  }

  /// The hint for an option of another tool, written in whatever case and with `-` or `_`.
  private func hint(on spelled: String) -> String? {
    let name = spelled.drop { $0 == "-" }.lowercased().replacing("_", with: "-")
    switch hints[name] {
    case .called(let names):
      let own = names.map { Name.long($0).description }.first { longNames.contains($0) }
      return own.map { ". Did you mean '\($0)'?" }
    case .remark(let sentence): return ". \(sentence)"
    case nil: return nil
    }
  }

  private func suggestion(for word: String, among candidates: [String]) -> String {
    // A short name is too short to be recognised in another. All names are in lower case.
    guard word.count > 2, let candidate = word.lowercased().closest(among: candidates) else { return "" }
    return ". Did you mean '\(candidate)'?"
  }

  private func choice(among values: [String]) -> String {
    guard let last = values.last else { return "" }
    let quoted = values.map { "'\($0)'" }
    switch values.count {
    case 1: return ". Please provide '\(last)'."
    case 2: return ". Please provide one of \(quoted.joined(separator: " and "))."
    case 3...5: return ". Please provide one of \(quoted.dropLast().joined(separator: ", ")) or '\(last)'."
    default: return ". Please provide one of the following:\n" + values.map { "  - \($0)" }.joined(separator: "\n")
    }
  }
}
