/// Which columns of a table are shown, with which titles and how wide.
public struct TableLayout: Sendable {
  private struct Shown: Sendable {
    let index: Int
    let title: String
    let width: Int
    let alignment: Table.Alignment
  }

  private static let gap = "  "
  private let shown: [Shown]

  init(_ table: Table, fitting limit: Int?) {
    var columns = Self.columns(of: table, hasShortTitles: false)
    if let limit, Self.width(columns) > limit {
      columns = Self.columns(of: table, hasShortTitles: true)
      while Self.width(columns) > limit, let last = Self.leastImportant(columns, table) { columns.remove(at: last) }
    }
    shown = columns
  }

  private static func columns(of table: Table, hasShortTitles: Bool) -> [Shown] {
    table.columns.enumerated().map { index, column in
      let title = hasShortTitles ? column.short : column.title
      let width = table.rows.reduce(max(column.width, title.displayWidth)) { max($0, $1[index].displayWidth) }
      return Shown(index: index, title: title, width: width, alignment: column.alignment)
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
  public var header: String { line(shown.map { ($0, $0.title) }) + line(shown.map { ($0, rule($0)) }) }

  /// A row with all its cells, those of columns that are not shown among them. A cell wider than was foreseen moves the
  /// rest of its row.
  public func line(_ cells: [String]) -> String {
    line(shown.map { ($0, $0.index < cells.count ? cells[$0.index] : "") })
  }

  private func rule(_ column: Shown) -> String { String(repeating: "─", count: column.width) }

  private func line(_ cells: [(Shown, String)]) -> String {
    var line = cells.map { $1.padded(toWidth: $0.width, $0.alignment) }.joined(separator: Self.gap)
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }
}
