/// Writes the tables of a document as comma-separated values (RFC 4180), numbers as they were measured: fractions, seconds
/// and bytes, without signs of per cent or units.
public enum CSVRenderer {
  /// The tables, a blank line between those of different columns. Tables of the same columns, such as those of several
  /// radii, are one, and their titles its first column.
  public static func text(_ document: Document) -> String {
    var groups: [[Table]] = []
    for case .table(let table) in document.blocks {
      if groups.last?.first?.columns == table.columns, table.title != nil {
        groups[groups.count - 1].append(table)
      } else {
        groups.append([table])
      }
    }
    return groups.map(lines).joined(separator: "\r\n")
  }

  private static func lines(_ tables: [Table]) -> String {
    let (columns, hasTitles) = (tables[0].columns, tables.count > 1)
    let widths = columns.indices.map { column in
      tables.flatMap(\.rows).map { $0[column].plainTexts.count }.max() ?? 1
    }
    let titles = zip(columns, widths).flatMap { column, width in
      width == 1 ? [column.title] : ["\(column.title), lower end", "\(column.title), upper end"]
    }
    let rows = tables.flatMap { table in
      table.rows.map { row in
        (hasTitles ? [table.title ?? ""] : [])
          + zip(row, widths).flatMap { cell, width in
            cell.plainTexts + Array(repeating: "", count: width - cell.plainTexts.count)
          }
      }
    }
    return ([(hasTitles ? ["table"] : []) + titles] + rows)
      .map { $0.map(quoted).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func quoted(_ text: String) -> String {
    guard text.contains(where: { "\",\r\n".contains($0) || $0.isNewline }) else { return text }
    return "\"\(text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
  }
}

extension Cell {
  /// For programs: a number with all of its digits, both ends of an interval, nothing for a value that is missing.
  fileprivate var plainTexts: [String] {
    switch self {
    case .interval(let fractions): ["\(fractions.lowerBound)", "\(fractions.upperBound)"]
    // A spreadsheet would compute what looks like a formula.
    case .text(let text): [text.first.map("=+-@".contains) == true && Double(text) == nil ? "'\(text)" : text]
    case .count(let count), .bytes(let count): ["\(count)"]
    case .percentage(let number, _), .number(let number, _), .decimal(let number, _), .duration(let number):
      [number.isFinite ? "\(number)" : ""]
    case .rate(let rate, _): [rate.isFinite ? "\(rate)" : ""]
    case .missing: [""]
    }
  }
}
