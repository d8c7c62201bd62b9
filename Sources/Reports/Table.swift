/// A table for a terminal: columns that line up under their titles, with a rule between titles and rows.
///
/// ```
/// attack  ε      robust accuracy
/// ──────  ─────  ───────────────
/// FGSM    8/255          41.20 %
/// ```
public struct Table: Sendable, CustomStringConvertible {
  /// On which side of its column a cell stands.
  public enum Alignment: Hashable, Sendable {
    /// For words.
    case left
    /// For numbers: equal numbers of decimals then put the points below each other.
    case right
  }

  /// A title and where the cells below it stand.
  public struct Column: Hashable, Sendable {
    /// The text above the rule.
    public let title: String
    /// The side of title and cells.
    public let alignment: Alignment

    /// A column of words.
    public static func left(_ title: String) -> Column { Column(title: title, alignment: .left) }

    /// A column of numbers.
    public static func right(_ title: String) -> Column { Column(title: title, alignment: .right) }
  }

  /// The columns, first one leftmost.
  public let columns: [Column]
  /// The cells, row by row.
  public private(set) var rows: [[String]] = []

  /// Creates a table without rows.
  public init(_ columns: [Column]) {
    self.columns = columns
  }

  /// Adds a row; cells left out at its end stay empty.
  ///
  /// - Precondition: there are no more cells than columns.
  public mutating func append(_ cells: [String]) {
    precondition(cells.count <= columns.count, "\(cells.count) cells for \(columns.count) columns")
    // A line break inside a cell would tear the row apart.
    let lines = cells.map { cell in String(cell.map { $0.isNewline ? " " : $0 }) }
    rows.append(lines + Array(repeating: "", count: columns.count - cells.count))
  }

  /// The lines of the table, the last one ended like the others; no line ends in spaces.
  public var description: String {
    let titles = columns.map(\.title)
    let widths = columns.indices.map { column in
      ([titles] + rows).reduce(0) { max($0, $1[column].displayWidth) }
    }
    let rule = widths.map { String(repeating: "─", count: $0) }
    return ([titles, rule] + rows).map { line($0, widths) + "\n" }.joined()
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    let padded = columns.indices.map { cells[$0].padded(toWidth: widths[$0], columns[$0].alignment) }
    var line = padded.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line
  }
}
