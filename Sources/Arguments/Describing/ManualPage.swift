/// The manual page of a program with all of its commands, in the language of `man`.
struct ManualPage {
  private let program: CommandDescription
  private let version: String

  init(_ program: CommandDescription, version: String) { (self.program, self.version) = (program, version) }

  /// The page for section 1.
  var text: String {
    let name = program.commandName
    return [
      ".TH \(name.uppercased()) 1 \"\" \"\(name) \(version)\" \"User Commands\"",
      ".SH NAME", "\(Self.escaped(name)) \\- \(Self.escaped(program.abstract))",
      ".SH SYNOPSIS", ".B \(Self.escaped(name))", "\\fIsubcommand\\fR [\\fIoptions\\fR]",
      ".SH DESCRIPTION", Self.prose(program.discussion),
      ".SH COMMANDS", program.subcommands.map(section).joined(separator: "\n"),
    ].filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
  }

  private func section(_ command: CommandDescription) -> String {
    guard command.shouldDisplay else { return "" }
    let rows = command.arguments.filter { $0.shouldDisplay && !$0.isInTopics && !$0.isInverse }
    let parts = [
      ".SS \(Self.escaped(command.path.joined(separator: " ")))", Self.escaped(command.abstract), ".PP",
      Self.prose(command.discussion),
    ]
    return (parts + rows.map(Self.row) + command.subcommands.map(section)).filter { !$0.isEmpty }.joined(
      separator: "\n")
  }

  private static func row(_ argument: ArgumentDescription) -> String {
    ".TP\n\\fB\(escaped(argument.helpLabel))\\fR\n\(escaped(argument.abstract + argument.notes))"
  }

  /// Paragraphs are filled; indented lines, such as examples, stay as they are.
  private static func prose(_ text: String) -> String {
    var (lines, isVerbatim) = ([String](), false)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let isIndented = line.hasPrefix("  ")
      if isIndented != isVerbatim { lines.append(isIndented ? ".PP\n.nf" : ".fi\n.PP") }
      isVerbatim = isIndented
      lines.append(line.isEmpty ? ".PP" : escaped(String(line)))
    }
    return (lines + (isVerbatim ? [".fi"] : [])).joined(separator: "\n")
  }

  /// A text in which nothing is a request or an escape.
  static func escaped(_ text: String) -> String {
    var result = ""
    for (place, character) in text.enumerated() {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case ".", "'": result += place == 0 ? "\\&\(character)" : String(character)
      default: result.append(character.isNewline ? " " : character)
      }
    }
    return result
  }
}
