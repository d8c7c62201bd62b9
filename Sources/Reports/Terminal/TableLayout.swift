import Wording

/// Which columns of a table are shown, with which titles and how wide.
public struct TableLayout: Sendable {
  private struct Shown: Sendable {
    let index: Int
    let title: String
    var width: Int
    let alignment: Table.Alignment
    let isProse: Bool
  }

  private static let gap = "  "
  private let shown: [Shown]
  private let isRuled: Bool
  /// The titles of the columns for which there is no room.
  public let leftOut: [String]

  init(_ table: Table, fitting limit: Int?) {
    let texts = table.rows.map { $0.map(Self.text) }
    var columns = Self.columns(of: table, texts, hasShortTitles: false)
    if let limit, Self.width(columns) > limit {
      columns = Self.columns(of: table, texts, hasShortTitles: true)
      while Self.width(columns) > limit, let last = Self.leastImportant(columns, table) { columns.remove(at: last) }
    }
    if let limit { Self.narrow(&columns, to: limit, texts) }
    (shown, isRuled) = (columns, table.isRuled)
    leftOut = table.columns.indices.filter { index in !columns.contains { $0.index == index } }
      .map { table.columns[$0].title }
  }

  /// Gives a column of sentences what the others leave, and at least the width of its longest word.
  private static func narrow(_ columns: inout [Shown], to limit: Int, _ rows: [[String]]) {
    guard width(columns) > limit, let place = columns.firstIndex(where: \.isProse) else { return }
    let texts = [columns[place].title] + rows.map { $0[columns[place].index] }
    let longest = texts.flatMap { $0.split(separator: " ") }.map { String($0).displayWidth }.max() ?? 0
    columns[place].width = max(columns[place].width - (width(columns) - limit), longest)
  }

  private static func columns(of table: Table, _ rows: [[String]], hasShortTitles: Bool) -> [Shown] {
    table.columns.enumerated().map { index, column in
      let title = hasShortTitles ? column.short : column.title
      let width = rows.reduce(max(column.width, title.displayWidth)) { max($0, $1[index].displayWidth) }
      return Shown(
        index: index, title: title, width: width, alignment: column.alignment, isProse: column.isProse)
    }
  }

  private static func width(_ columns: [Shown]) -> Int {
    columns.reduce(0) { $0 + $1.width } + gap.count * max(columns.count - 1, 0)
  }

  /// The position of the column to leave out next, of equally important ones the last; nil where all are essential.
  private static func leastImportant(_ columns: [Shown], _ table: Table) -> Int? {
    let importance = { (position: Int) in table.columns[columns[position].index].importance }
    let candidates = columns.indices.filter { importance($0) < .essential }
    return candidates.reversed().min { importance($0) < importance($1) }
  }

  /// The titles and the rule below them.
  public var header: String {
    line(shown.map { ($0, $0.title) }) + (isRuled ? line(shown.map { ($0, rule($0)) }) : "")
  }

  /// A row with all its cells, those of columns that are not shown among them. A cell wider than was foreseen moves the
  /// rest of its row.
  public func line(_ cells: [Cell]) -> String {
    line(shown.map { ($0, $0.index < cells.count ? Self.text(cells[$0.index]) : "") })
  }

  /// A line break inside a cell would tear the row apart.
  private static func text(_ cell: Cell) -> String { String(cell.description.map { $0.isNewline ? " " : $0 }) }

  private func rule(_ column: Shown) -> String { String(repeating: "─", count: column.width) }

  private func line(_ cells: [(Shown, String)]) -> String {
    let texts = cells.map { column, text in column.isProse ? text.broken(at: column.width).map(String.init) : [text] }
    return (0..<(texts.map(\.count).max() ?? 1)).map { row in
      let parts = zip(cells, texts).map { cell, lines in
        (lines.indices.contains(row) ? lines[row] : "").padded(toWidth: cell.0.width, cell.0.alignment)
      }
      var line = parts.joined(separator: Self.gap)
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}

extension Table: CustomStringConvertible {
  /// The lines of the table, the last one ended like the others; no line ends in spaces.
  public var description: String { text(fitting: nil) }

  /// The same within a width, as far as its essential columns allow; nil for any width.
  public func text(fitting width: Int?) -> String {
    let layout = layout(fitting: width)
    return layout.header + rows.map(layout.line).joined()
  }

  /// How the table is printed, for one whose rows are printed one by one.
  public func layout(fitting width: Int?) -> TableLayout { TableLayout(self, fitting: width) }
}
