extension Parser {
  /// Merges an earlier command line with options that are given now: an option that is given again replaces its earlier
  /// value. The result has no name of a command.
  ///
  /// - Parameters:
  ///   - words: The words that are given now.
  ///   - earlier: The earlier command line.
  ///   - dropped: The long names, without hyphens, of the earlier options that are dropped.
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
  /// The words as they are typed. A positional value that looks like an option is not escaped: commands that are resumed
  /// have no positional values.
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
