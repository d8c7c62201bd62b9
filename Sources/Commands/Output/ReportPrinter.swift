internal import Reports
internal import Synchronization

/// Prints the report of a command that takes long: the blocks and rows of the document as they come. With `--json`
/// nothing comes before the record at the end.
final class ReportPrinter: Sendable {
  private let json: Bool
  private let renderer: Mutex<TerminalRenderer>

  init(json: Bool, width: Int? = Terminal.standardOutput.tableWidth) {
    self.json = json
    renderer = Mutex(TerminalRenderer(width: width))
  }

  /// Prints the next block.
  func print(_ block: Document.Block) throws { try print { $0.text(block) } }

  /// Prints the next table as far as its rows are known.
  func begin(_ table: Table) throws { try print { $0.begin(table) } }

  /// Prints a further row of that table.
  func add(_ row: [Cell]) throws { try print { $0.row(row) } }

  /// Ends that table.
  func end(notes: [String] = []) throws { try print { $0.end(notes: notes) } }

  /// Prints the last blocks, or with `--json` the record of all, which is made for that alone: it may list every example.
  func finish(_ record: @autoclosure () throws -> some Encodable, _ blocks: [Document.Block]) throws {
    guard !json else { return try StandardOutput.print(json: try record()) }
    for block in blocks { try print(block) }
  }

  private func print(_ text: (inout TerminalRenderer) -> String) throws {
    guard !json else { return }
    let text = renderer.withLock { text(&$0) }
    if !text.isEmpty { try StandardOutput.print(text) }
  }
}
