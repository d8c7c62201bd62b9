/// What a command line asks for.
package enum Request {
  case run(any Command, CommandPath)
  case help(CommandPath, includingHidden: Bool)
  case topics([HelpTopic])
  case version(String)
  case completionScript(Shell)
  case manualPage(version: String)
  case dump(CommandPath)
}

/// Reads a command line. Pure: nothing is printed and nothing is run.
///
/// Precedence: a value that cannot be converted is an error whatever else is there; then `--help`, `--version` and the
/// like take effect; then other problems are reported.
package struct Parser {
  private let root: any Command.Type

  package init(root: any Command.Type) {
    self.root = root
  }

  /// Throws `CommandError` with a `ParserError` or with what the command's `validate()` threw.
  package func parse(_ words: [String]) throws -> Request {
    try parse(words, path: CommandPath(root: root), builtIns: BuiltInOptions())
  }

  private func parse(_ words: [String], path: CommandPath, builtIns: BuiltInOptions) throws -> Request {
    do {
      return path.last.configuration.allSubcommands.isEmpty
        ? try parseCommand(words, path: path, builtIns: builtIns)
        : try parseGroup(words, path: path, builtIns: builtIns)
    } catch let error as CommandError {
      throw error
    } catch {
      throw CommandError(path: path, cause: error)
    }
  }

  private func parseCommand(_ words: [String], path: CommandPath, builtIns: BuiltInOptions) throws -> Request {
    var command = path.last.init()
    let schema = Schema(command)
    var scanner = Scanner(words, schema: schema.appending(Schema(builtIns: builtIns, of: path)))
    scanner.scan()
    try fill(&scanner)
    if let request = request(builtIns, path) { return request }
    if let problem = scanner.problem { throw problem }
    if schema.entries.contains(where: \.declared.isAllThatCounts) { return .run(command, path) }
    if let missing = schema.missing { throw missing }
    for group in schema.groups { try group.validate() }
    try command.validate()
    return .run(command, path)
  }

  private func parseGroup(_ words: [String], path: CommandPath, builtIns: BuiltInOptions) throws -> Request {
    let schema = Schema(builtIns: builtIns, of: path)
    var scanner = Scanner(words, schema: schema, stopsAtFirstWord: true)
    scanner.scan()
    if let word = scanner.firstWord {
      if let subcommand = path.subcommand(word) {
        try fill(&scanner)
        return try parse(Array(scanner.rest), path: subcommand, builtIns: builtIns)
      }
      if word == "help" { return try help(on: scanner.rest, path: path) }
      scanner.note(.unknownSubcommand(word))
      scanner.scan()
    }
    try fill(&scanner)
    if let request = request(builtIns, path) { return request }
    if let fallback = path.last.configuration.defaultSubcommand {
      return try parse(words, path: path.appending(fallback), builtIns: builtIns)
    }
    if let problem = scanner.problem { throw problem }
    return .help(path, includingHidden: false)
  }

  /// `help data generate`; a help flag after it is tolerated.
  private func help(on words: ArraySlice<String>, path: CommandPath) throws -> Request {
    var path = path
    for word in words where word != "-h" && word != "--help" {
      // An attack and a preprocessor may have the same name.
      let topics = path.last.configuration.topics.filter { $0.name == word.lowercased() }
      if !topics.isEmpty { return .topics(topics) }
      guard let subcommand = path.subcommand(word) else {
        throw CommandError(
          path: path, cause: word.hasPrefix("-") ? ParserError.unknownOption(word) : .unknownSubcommand(word))
      }
      path = subcommand
    }
    return .help(path, includingHidden: false)
  }

  /// Converts and stores the values; notes options given twice and flags that contradict each other.
  private func fill(_ scanner: inout Scanner) throws {
    var earlier: [ObjectIdentifier: Scanner.Use] = [:]
    for use in scanner.uses {
      let declared = use.entry.declared
      if let first = earlier[ObjectIdentifier(declared)], let problem = conflict(of: use, with: first) {
        scanner.note(problem)
      }
      earlier[ObjectIdentifier(declared)] = use
      try store(use)
    }
  }

  private func store(_ use: Scanner.Use) throws {
    var reason: String?
    do {
      if try use.entry.declared.accept(use.text, choice: use.entry.choice) { return }
    } catch {
      reason = String(describing: error)
    }
    throw ParserError.invalidValue(use.entry.description, use.name, value: use.text ?? "", reason: reason)
  }

  private func conflict(of use: Scanner.Use, with earlier: Scanner.Use) -> ParserError? {
    guard let name = use.name, let first = earlier.name else { return nil }
    switch use.entry.description.kind {
    case .positional: return nil
    case .option: return use.entry.description.isRepeating ? nil : .repeatedOption(name)
    case .flag: return use.entry.choice == earlier.entry.choice ? nil : .exclusiveFlags(name, earlier: first)
    }
  }

  private func request(_ builtIns: BuiltInOptions, _ path: CommandPath) -> Request? {
    if builtIns.help || builtIns.helpHidden { return .help(path, includingHidden: builtIns.helpHidden) }
    if builtIns.experimentalDumpHelp { return .dump(path) }
    if builtIns.version, let version = path.version {
      return .version(builtIns.verbose ? path.verboseVersion : version)
    }
    if builtIns.generateManual { return .manualPage(version: path.version ?? "") }
    return builtIns.generateCompletionScript.map { .completionScript($0) }
  }
}
