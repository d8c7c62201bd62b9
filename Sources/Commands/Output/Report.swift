internal import Reports

/// What a command reports: one JSON object for programs, a document for people.
protocol Report: Encodable {
  var document: Document { get }
}

extension Report {
  /// Prints what was asked for on standard output.
  func print(json: Bool) throws { try StandardOutput.print(text(json: json)) }

  /// What was asked for, fitted to the width of a terminal.
  func text(json: Bool, width: Int? = Terminal.standardOutput.tableWidth) throws -> String {
    json ? try StandardOutput.text(json: self) : TerminalRenderer.text(document, width: width)
  }
}

extension Document {
  /// Says where a command has written its results.
  mutating func add(written path: String) {
    var facts = Facts()
    facts.add("written", path)
    add(facts)
  }
}

extension StandardOutput {
  /// Prints a document of a command that has no JSON.
  static func print(_ document: Document) throws {
    try print(TerminalRenderer.text(document, width: Terminal.standardOutput.tableWidth))
  }
}
