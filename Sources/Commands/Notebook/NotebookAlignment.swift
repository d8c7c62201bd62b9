internal import Wording

/// Which printed line stands for which line that a page shows.
package enum NotebookAlignment {
  /// For every line shown the index of the printed line that is most like it, in order; nil where there is none.
  ///
  /// Of all ways to choose them the one with the greatest likeness in sum (the recursion of Needleman and Wunsch, J. Mol.
  /// Biol. 48, 1970). Neighbours that stay neighbours count a little more, so that of two tables one is taken as a whole.
  package static func align(_ shown: [String], with printed: [String]) -> [Int?] {
    let (shown, printed) = (shown.map(Line.init), printed.map(Line.init))
    var totals = [[Int]](repeating: [Int](repeating: 0, count: printed.count + 1), count: shown.count + 1)
    var matches = [[Bool]](repeating: [Bool](repeating: false, count: printed.count + 1), count: shown.count + 1)
    for row in shown.indices.reversed() {
      for column in printed.indices.reversed() {
        let without = max(totals[row + 1][column], totals[row][column + 1])
        let likeness = shown[row].likeness(to: printed[column])
        let total = likeness + totals[row + 1][column + 1] + (matches[row + 1][column + 1] ? 5 : 0)
        matches[row][column] = likeness > 0 && total > without
        totals[row][column] = matches[row][column] ? total : without
      }
    }
    var (result, row, column) = ([Int?](repeating: nil, count: shown.count), 0, 0)
    while row < shown.count, column < printed.count {
      if matches[row][column] {
        result[row] = column
        (row, column) = (row + 1, column + 1)
      } else if totals[row + 1][column] >= totals[row][column + 1] {
        row += 1
      } else {
        column += 1
      }
    }
    return result
  }

  private struct Line {
    let line: NotebookLine
    let firstColumn: String
    let words: [String: Int]

    init(_ text: String) {
      line = NotebookLine(text)
      let inner = text.drop { $0 == " " || $0 == "|" }
      var end = inner.startIndex
      while end < inner.endIndex, inner[end] != "|", !inner[end...].hasPrefix("  ") { end = inner.index(after: end) }
      firstColumn = inner[..<end].droppingLast { $0 == " " }
      words = Dictionary(line.skeleton.split(separator: " ").map { (String($0), 1) }, uniquingKeysWith: +)
    }

    /// From 0 to 100.
    func likeness(to other: Line) -> Int {
      if line.plain == other.line.plain { return 100 }
      if line.plain.isEmpty || other.line.plain.isEmpty { return 0 }
      if line.skeleton == other.line.skeleton { return 60 }
      let common = words.reduce(0) { $0 + min($1.value, other.words[$1.key] ?? 0) }
      let all = words.values.reduce(0, +) + other.words.values.reduce(0, +)
      let share = 2 * Double(common) / Double(max(all, 1))
      if firstColumn == other.firstColumn, share > 0.5 { return Int(40 * share) }
      return share > 0.8 ? Int(30 * share) : 0
    }
  }
}
