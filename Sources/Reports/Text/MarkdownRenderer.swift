/// Writes a document as Markdown with tables as GitHub shows them: for a pull request.
public enum MarkdownRenderer {
  /// The beginning of every text, by which it is known.
  public static let mark = "<!-- AdvLab -->"

  /// The whole text.
  public static func text(_ document: Document) -> String {
    let summary = document.summary.map { ["\(escaped($0))\n"] } ?? []
    let blocks = (document.blocks + document.details).map(lines).filter { !$0.isEmpty }
    return (["\(mark)\n# \(escaped(document.title))\n"] + summary + blocks).joined(separator: "\n")
  }

  /// A text in which no character is read as markup, on one line.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      if "\\`*_{}[]<>#|~$&".contains(character) { result.append("\\") }
      result.append(character.isNewline ? " " : character)
    }
    return result
  }

  private static func lines(_ block: Document.Block) -> String {
    switch block {
    case .facts(let facts): lines(facts)
    case .table(let table): lines(table)
    case .figure(let figure): lines(figure.table)
    case .matrix(let matrix): lines(matrix.table)
    case .note(let note): lines(note)
    // Nothing is left out here; pictures would have to be files of their own.
    case .omittedColumns, .gallery: ""
    }
  }

  private static func lines(_ facts: Facts) -> String {
    facts.facts.map { fact in
      let text = escaped(fact.value.description)
      return fact.label.isEmpty ? "  \(text)\n" : "* **\(escaped(fact.label))**: \(text)\n"
    }.joined()
  }

  private static func lines(_ table: Table) -> String {
    func row(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |\n" }
    let title = table.title.map { "**\(escaped($0))**\n\n" } ?? ""
    let notes = table.notes.map { "* \(escaped($0))\n" }.joined()
    return title + row(table.columns.map { escaped($0.title) })
      + row(table.columns.map { $0.alignment == .right ? "---:" : "---" })
      + table.rows.map { row($0.map { escaped($0.description) }) }.joined()
      + (notes.isEmpty ? "" : "\n\(notes)")
  }

  private static func lines(_ note: Document.Note) -> String {
    switch note.kind {
    case .remark: "\(escaped(note.text))\n"
    case .warning: "> **Warning:** \(escaped(note.text))\n"
    }
  }
}

extension Figure {
  /// The same numbers as a table: a row for each place, a column for each series.
  var table: Table {
    let places = Set(series.flatMap { $0.points.map(\.x) }).sorted()
    var table = Table([.right(xLabel)] + series.map { .right($0.label) }, title: "\(title): \(yLabel)")
    for x in places {
      table.append(
        [.number(x)] + series.map { series in .optional(series.points.first { $0.x == x }?.y) { .number($0) } })
    }
    return table
  }
}
