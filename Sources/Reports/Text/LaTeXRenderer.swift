/// Writes the tables of a document in LaTeX with the rules of the package `booktabs`: for a paper.
public enum LaTeXRenderer {
  /// The beginning of every text, by which it is known.
  public static let mark = "% AdvLab"

  /// The tables, each a `tabular` of its own.
  public static func text(_ document: Document) -> String {
    let tables = document.blocks.compactMap { block -> String? in
      guard case .table(let table) = block else { return nil }
      return lines(table)
    }
    return "\(mark): \(escaped(document.title)). Needs \\usepackage{booktabs}.\n" + tables.joined(separator: "\n")
  }

  /// A text in which no character is read as a command, on one line.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\textbackslash{}"
      case "~": result += "\\textasciitilde{}"
      case "^": result += "\\textasciicircum{}"
      case "&", "%", "$", "#", "_", "{", "}": result += "\\\(character)"
      case "∞": result += "$\\infty$"
      case "ε": result += "$\\varepsilon$"
      case "×": result += "$\\times$"
      case "µ": result += "$\\mu$"
      case "–": result += "--"
      case "≤": result += "$\\le$"
      case "≥": result += "$\\ge$"
      default: result.append(character.isNewline ? " " : character)
      }
    }
    return result
  }

  private static func lines(_ table: Table) -> String {
    func row(_ cells: [String]) -> String { "  \(cells.joined(separator: " & ")) \\\\\n" }
    let title = table.title.map { "% \(escaped($0))\n" } ?? ""
    let notes = table.notes.map { "% \(escaped($0))\n" }.joined()
    let sides = table.columns.map { $0.alignment == .right ? "r" : "l" }.joined()
    return title + notes + "\\begin{tabular}{\(sides)}\n  \\toprule\n" + row(table.columns.map { escaped($0.title) })
      + "  \\midrule\n" + table.rows.map { row($0.map { escaped($0.description) }) }.joined()
      + "  \\bottomrule\n\\end{tabular}\n"
  }
}
