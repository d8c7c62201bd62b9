extension Parser {
  /// The words after a command's name that stand for an earlier command line with what is given now instead: an option
  /// that is given again replaces what it was.
  ///
  /// - Parameters:
  ///   - words: What is given now.
  ///   - earlier: What was given then.
  ///   - dropped: The long names, without hyphens, of what is not taken over from then.
  ///   - type: The command.
  /// - Returns: Words that `parse` reads, options as `--name=value`.
  /// - Throws: `ParserError` where one of the command lines is none of this command.
  package static func merging<C: Command>(
    _ words: [String], over earlier: [String], dropping dropped: Set<String>, for type: C.Type
  ) throws -> [String] {
    let schema = Schema(C())
    let given = try uses(of: words, schema)
    let replaced = Set(given.map { ObjectIdentifier($0.entry.declared) })
    let kept = try uses(of: earlier, schema).filter { use in
      guard !replaced.contains(ObjectIdentifier(use.entry.declared)) else { return false }
      return !use.entry.description.names.contains { dropped.map(Name.long).contains($0) }
    }
    return (kept + given).flatMap(\.words)
  }

  private static func uses(of words: [String], _ schema: Schema) throws -> [Scanner.Use] {
    var scanner = Scanner(words, schema: schema)
    scanner.scan()
    if let problem = scanner.problem { throw problem }
    return scanner.uses
  }
}

extension Scanner.Use {
  /// As it is typed. Positional values are not taken apart from what looks like an option: no command with them is
  /// continued.
  fileprivate var words: [String] {
    switch (name, text) {
    case (.long(let name)?, let text?): ["--\(name)=\(text)"]
    case (.short(let letter)?, let text?): ["-\(letter)", text]
    case (let name?, nil): ["\(name)"]
    case (nil, let text?): [text]
    case (nil, nil): []
    }
  }
}
