/// A table for a terminal: columns that line up under their titles, with a rule between titles and rows.
///
/// ```
/// attack  ε      robust accuracy
/// ──────  ─────  ───────────────
/// FGSM    8/255          41.20 %
/// ```
///
/// Where it is to fit into a width, it first takes short titles, then leaves out columns, those that matter least first,
/// and in the end breaks the texts of a column between words.
public struct Table: Sendable, CustomStringConvertible {
  /// On which side of its column a cell stands.
  public enum Alignment: Hashable, Sendable {
    /// For words.
    case left
    /// For numbers: equal numbers of decimals then put the points below each other.
    case right
  }

  /// How much is lost without a column.
  public enum Importance: Int, Hashable, Sendable, Comparable {
    /// It is left out first.
    case least
    /// It is left out next.
    case minor
    /// It is left out last.
    case major
    /// Without it the table says nothing.
    case essential

    /// What is left out earlier is smaller.
    public static func < (one: Importance, other: Importance) -> Bool { one.rawValue < other.rawValue }
  }

  /// A title and where the cells below it stand.
  public struct Column: Hashable, Sendable {
    /// The text above the rule.
    public let title: String
    /// The side of title and cells.
    public let alignment: Alignment
    /// The title where there is little room.
    public let short: String
    /// How much is lost without it.
    public let importance: Importance
    /// The least width, for a table whose rows are printed before all are known.
    public let width: Int
    /// Whether its cells are sentences, which may take several lines.
    public let isProse: Bool

    /// A column of words.
    public static func left(
      _ title: String, short: String? = nil, _ importance: Importance = .essential, width: Int = 0
    ) -> Column {
      Column(
        title: title, alignment: .left, short: short ?? title, importance: importance, width: width, isProse: false)
    }

    /// A column of sentences.
    public static func prose(_ title: String) -> Column {
      Column(title: title, alignment: .left, short: title, importance: .essential, width: 0, isProse: true)
    }

    /// A column of numbers.
    public static func right(
      _ title: String, short: String? = nil, _ importance: Importance = .essential, width: Int = 0
    ) -> Column {
      Column(
        title: title, alignment: .right, short: short ?? title, importance: importance, width: width, isProse: false)
    }
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
  public var description: String { text(fitting: nil) }

  /// The same within a width, as far as its essential columns allow; nil for any width.
  public func text(fitting width: Int?) -> String {
    let layout = layout(fitting: width)
    return layout.header + rows.map(layout.line).joined()
  }

  /// How the table is printed, for one whose rows are printed one by one.
  public func layout(fitting width: Int?) -> TableLayout { TableLayout(self, fitting: width) }
}
