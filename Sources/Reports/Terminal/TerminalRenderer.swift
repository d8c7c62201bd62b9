import Wording

/// Writes documents as plain text: at once, or block by block and row by row as they come. Blocks stand a blank line
/// apart; a table's notes follow its rows, and notes of one kind follow one another.
///
/// ```swift
/// var renderer = TerminalRenderer(width: Terminal.standardOutput.tableWidth)
/// print(renderer.text(.facts(heading)), terminator: "")
/// print(renderer.begin(table), terminator: "")
/// for row in rows { print(renderer.row(row), terminator: "") }
/// print(renderer.end(notes: notes), terminator: "")
/// ```
public struct TerminalRenderer: Sendable {
  private let width: Int?
  /// The kind of the last block, which decides whether a blank line follows.
  private var last: Document.Block?
  /// The layout of the last table.
  private var layout: TableLayout?

  /// Creates a renderer of nothing yet.
  ///
  /// - Parameter width: The columns of a line; nil for lines of any length.
  public init(width: Int?) {
    self.width = width
  }

  /// The whole text of a document, its last line ended like the others.
  public static func text(_ document: Document, width: Int?) -> String {
    var renderer = TerminalRenderer(width: width)
    return document.blocks.map { renderer.text($0) }.joined()
  }

  /// The text of the next block, with the blank line before it; nothing for a block without content.
  public mutating func text(_ block: Document.Block) -> String {
    switch block {
    case .facts(let facts): separated(block, lines(facts))
    case .table(let table): begin(table) + end(notes: table.notes)
    case .figure(let figure): separated(block, lines(figure))
    case .matrix(let matrix): text(.table(matrix.table))
    case .gallery(let gallery): separated(block, TerminalPictures.text(gallery, .none, width: width))
    case .note(let note): separated(block, lines(note))
    case .omittedColumns(let place): separated(block, omittedColumns(place))
    }
  }

  /// The beginning of a table: its title, its header and the rows that it has.
  public mutating func begin(_ table: Table) -> String {
    let layout = table.layout(fitting: width)
    self.layout = layout
    let title = table.title.map { $0 + "\n" } ?? ""
    return separated(.table(table), title + layout.header + table.rows.map(layout.line).joined())
  }

  /// A further row of the table that was begun.
  public func row(_ cells: [Cell]) -> String { layout?.line(cells) ?? "" }

  /// The end of the table: what has to be said of it.
  public func end(notes: [String]) -> String { notes.map(wrapped).joined() }

  private mutating func separated(_ block: Document.Block, _ text: String) -> String {
    guard !text.isEmpty else { return "" }
    defer { last = block }
    guard let last, !block.follows(last) else { return text }
    return "\n" + text
  }

  private func wrapped(_ text: String) -> String { (width.map { text.wrapped(to: $0) } ?? text) + "\n" }

  /// What is too wide is broken between words: what follows stands below the text, not below the label.
  func lines(_ facts: Facts) -> String {
    let column = (facts.facts.map(\.label.count).max() ?? 0) + 2
    return facts.facts.map { fact in
      let text = fact.value.description
      let rows = width.map { text.wrapped(to: $0, indent: column) } ?? String(repeating: " ", count: column) + text
      return fact.label + rows.dropFirst(fact.label.count) + "\n"
    }.joined()
  }

  private func lines(_ note: Document.Note) -> String {
    switch note.kind {
    case .remark: return wrapped(note.text)
    case .warning:
      var facts = Facts()
      facts.add("warning", note.text)
      return lines(facts)
    }
  }

  private func omittedColumns(_ place: String) -> String {
    guard let omitted = layout?.leftOut, !omitted.isEmpty else { return "" }
    return wrapped("\(place) \(omitted.joined(separator: " and ")), too.")
  }
}

extension Document.Block {
  /// Whether no blank line stands between a block and this one.
  fileprivate func follows(_ block: Document.Block) -> Bool {
    switch (block, self) {
    case (.note(let one), .note(let other)): one.kind == other.kind
    case (.note(let note), .omittedColumns), (.omittedColumns, .note(let note)): note.kind == .remark
    case (.facts, _), (.table, _), (.figure, _), (.matrix, _), (.gallery, _), (.note, _), (.omittedColumns, _): false
    }
  }
}
