/// How often what was taken for what: a confusion matrix.
public struct Matrix: Hashable, Sendable {
  /// What the matrix shows.
  public let title: String
  /// What rows and columns are, such as `class` and `predicted`.
  public var axes: (row: String, column: String) { (rowAxis, columnAxis) }
  /// The names of the rows.
  public let rows: [String]
  /// The names of the columns.
  public let columns: [String]
  /// The counts, row by row.
  public let counts: [[Int]]

  private let rowAxis: String
  private let columnAxis: String

  /// Creates a matrix.
  ///
  /// - Precondition: there is a row of counts for each name, and in it one for each column.
  public init(
    _ title: String, axes: (row: String, column: String), rows: [String], columns: [String], _ counts: [[Int]]
  ) {
    precondition(counts.count == rows.count && counts.allSatisfy { $0.count == columns.count })
    (self.title, rowAxis, columnAxis) = (title, axes.row, axes.column)
    (self.rows, self.columns, self.counts) = (rows, columns, counts)
  }

  /// The same as a table.
  var table: Table {
    var table = Table(
      [.left("\(axes.row) \\ \(axes.column)")] + columns.map { .right($0) }, title: title)
    for (name, row) in zip(rows, counts) { table.append([.text(name)] + row.map { .count($0) }) }
    return table
  }

  /// The share that a count has of its row, from 0 to 1.
  func share(_ row: Int, _ column: Int) -> Double {
    let sum = counts[row].reduce(0, +)
    return sum > 0 ? Double(counts[row][column]) / Double(sum) : 0
  }
}
