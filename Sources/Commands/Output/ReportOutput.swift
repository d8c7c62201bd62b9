internal import Reports

/// Where the report of a command goes: to standard output, and to the file of `--report`.
struct ReportOutput: Sendable {
  let json: Bool
  let file: ReportFile?
  /// Nil for a command that needs none.
  let seed: UInt64?

  /// Writes a document to the file, if there is one, with what it takes to repeat the run.
  func write(_ document: () -> Document) throws {
    guard let file else { return }
    var document = document()
    var facts = Facts()
    facts.add("command", (["advlab"] + commandArguments.map(\.typed)).joined(separator: " "))
    facts.add("version", VersionDetails.program)
    facts.add("libraries", VersionDetails.libraries.map { "\($0.label) \($0.text)" }.joined(separator: ", "))
    facts.add("processor", VersionDetails.processor)
    if let seed { facts.add("seed", "\(seed)") }
    document.add(details: [.facts(facts)])
    try file.write(document)
  }
}

extension String {
  /// As it is typed in a shell.
  var typed: String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-")
    guard isEmpty || !allSatisfy(plain.contains) else { return self }
    return "'\(split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
  }
}
