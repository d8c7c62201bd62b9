/// A table: columns that line up under their titles, with a rule between titles and rows.
///
/// ```
/// attack  ε      robust accuracy
/// ──────  ─────  ───────────────
/// FGSM    8/255          41.20 %
/// ```
///
/// Where a terminal is too narrow, the table first takes short titles, then leaves out columns, those that matter least
/// first, and in the end breaks the sentences of a column between words.
public struct Table: Hashable, Sendable {
  /// On which side of its column a cell stands.
  public enum Alignment: Hashable, Sendable {
    /// For words.
    case left
    /// For numbers: equal numbers of decimals then put the points below each other.
    case right
  }

  /// How important a column is: on a narrow terminal the least important is left out first.
  public enum Importance: Int, Hashable, Sendable, Comparable {
    /// It is left out first.
    case least
    /// It is left out next.
    case minor
    /// It is left out last.
    case major
    /// It is never left out.
    case essential

    /// A column that is left out earlier is less.
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
    /// How important it is.
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
  /// What stands above the titles of the columns, such as the radius of all rows.
  public let title: String?
  /// Whether a rule stands between the titles and the rows.
  public let isRuled: Bool
  /// The cells, row by row.
  public private(set) var rows: [[Cell]] = []
  /// Notes that are shown right below the rows.
  public var notes: [String] = []

  /// Creates a table without rows.
  public init(_ columns: [Column], title: String? = nil, isRuled: Bool = true) {
    (self.columns, self.title, self.isRuled) = (columns, title, isRuled)
  }

  /// Adds a row; cells left out at its end stay empty.
  ///
  /// - Precondition: there are no more cells than columns.
  public mutating func append(_ cells: [Cell]) {
    precondition(cells.count <= columns.count, "\(cells.count) cells for \(columns.count) columns")
    rows.append(cells + Array(repeating: "", count: columns.count - cells.count))
  }
}
