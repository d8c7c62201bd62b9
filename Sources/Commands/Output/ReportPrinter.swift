internal import Reports
internal import Synchronization

/// Prints the report of a command that takes long: the blocks and rows of the document as they come. With `--json`
/// nothing comes before the record at the end, and with it the file of `--report`.
final class ReportPrinter: Sendable {
  private struct State {
    var renderer: TerminalRenderer
    /// What was printed so far.
    var document: Document
    /// The table whose rows are coming.
    var table: Table?

    mutating func endTable(notes: [String]) {
      guard var table else { return }
      table.notes = notes
      document.add(.table(table))
      self.table = nil
    }
  }

  private let output: ReportOutput
  private let state: Mutex<State>

  init(_ title: String, _ output: ReportOutput, width: Int? = Terminal.standardOutput.tableWidth) {
    self.output = output
    state = Mutex(State(renderer: TerminalRenderer(width: width), document: Document(title)))
  }

  /// Prints the next block.
  func print(_ block: Document.Block) throws {
    try print { state in
      state.document.add(block)
      return state.renderer.text(block)
    }
  }

  /// Prints the next table as far as its rows are known.
  func begin(_ table: Table) throws {
    try print { state in
      state.table = table
      return state.renderer.begin(table)
    }
  }

  /// Prints a further row of that table.
  func add(_ row: [Cell]) throws {
    try print { state in
      state.table?.append(row)
      return state.renderer.row(row)
    }
  }

  /// Ends that table.
  func end(notes: [String] = []) throws {
    try print { state in
      state.endTable(notes: notes)
      return state.renderer.end(notes: notes)
    }
  }

  /// Prints the last blocks, or with `--json` the record of all, which is made for that alone: it may list every example.
  ///
  /// - Parameters:
  ///   - record: The record.
  ///   - blocks: The last blocks.
  ///   - summary: The result in a sentence, for the file of `--report`.
  ///   - details: What that file shows beside.
  /// - Throws: What printing, `record` or writing the file throw.
  func finish(
    _ record: @autoclosure () throws -> some Encodable, _ blocks: [Document.Block], summary: String? = nil,
    details: [Document.Block] = []
  ) throws {
    state.withLock { state in
      state.endTable(notes: [])
      state.document.summary = summary
      state.document.add(details: details)
    }
    for block in blocks { try print(block) }
    if output.json { try StandardOutput.print(json: try record()) }
    try output.write { state.withLock(\.document) }
  }

  private func print(_ text: (inout State) -> String) throws {
    let text = state.withLock { text(&$0) }
    if !output.json, !text.isEmpty { try StandardOutput.print(text) }
  }
}
