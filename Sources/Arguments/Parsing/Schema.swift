/// The declared arguments of a fresh command, ready to be filled.
struct Schema {
  struct Entry {
    let declared: any DeclaredArgument
    /// Which of the wrapper's descriptions this is.
    let choice: Int
    var description: ArgumentDescription
  }

  private(set) var entries: [Entry] = []
  private(set) var groups: [any OptionGroup] = []

  init(_ command: any Command) {
    collect(command, title: "")
  }

  /// The arguments that every command has; `--version` only where there is one to show.
  init(builtIns: BuiltInOptions, of path: CommandPath) {
    collect(builtIns, title: "")
    if path.version == nil {
      entries.removeAll { [[.long("version")], [.long("verbose")]].contains($0.description.names) }
    }
  }

  private mutating func collect(_ subject: Any, title: String) {
    for child in Mirror(reflecting: subject).children {
      if let declared = child.value as? any DeclaredArgument {
        // Swift stores the wrapper of `count` in `_count`.
        append(declared, property: String((child.label ?? "").drop { $0 == "_" }), title: title)
      } else if let list = child.value as? OptionList {
        for argument in list.arguments { append(argument, property: "", title: title) }
      } else if let group = child.value as? any OptionGroup {
        groups.append(group)
        let own = type(of: group).title
        collect(group, title: own.isEmpty ? title : own)
      }
    }
  }

  private mutating func append(_ declared: any DeclaredArgument, property: String, title: String) {
    for (choice, description) in declared.descriptions(propertyName: property).enumerated() {
      var entry = Entry(declared: declared, choice: choice, description: description)
      entry.description.sectionTitle = title
      entries.append(entry)
    }
  }

  func appending(_ other: Schema) -> Schema {
    var result = self
    result.entries += other.entries
    return result
  }

  /// The first entry of that name, so that a command may take over the name of a built-in option.
  subscript(name: Name) -> Entry? {
    entries.first { $0.description.names.contains(name) }
  }

  var positionals: [Entry] { entries.filter { $0.description.kind == .positional } }

  /// What is asked for when the first missing argument is reported.
  var missing: ParserError? {
    guard let first = entries.first(where: { $0.declared.isMissing }) else { return nil }
    return .missing(entries.filter { $0.declared === first.declared }.map(\.description))
  }
}

/// The arguments that every command has.
struct BuiltInOptions: OptionGroup {
  @Flag(help: "Show the version.") var version: Bool
  @Flag(help: "With --version: those of libraries and processor, too.", isHidden: true) var verbose: Bool
  @Flag(short: "h", help: "Show help information.") var help: Bool
  @Flag(help: "Show help information, including hidden options.", isHidden: true) var helpHidden: Bool
  @Flag(help: "Print the description of the command as JSON.", isHidden: true) var experimentalDumpHelp: Bool
  @Flag(help: "Print the manual page of the program.", isHidden: true) var generateManual: Bool
  @Option(help: "Print the completion script of a shell.", valueName: "shell", isHidden: true)
  var generateCompletionScript: Shell?
}
