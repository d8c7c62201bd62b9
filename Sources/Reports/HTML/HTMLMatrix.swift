/// A matrix of counts as a table whose cells are the darker, the larger the share of their row.
enum HTMLMatrix {
  static func element(_ matrix: Matrix) -> String {
    let escaped = HTMLRenderer.escaped
    let titles = ["\(matrix.axes.row) \\ \(matrix.axes.column)"] + matrix.columns
    let head = titles.map { "<th scope=\"col\">\(escaped($0))</th>" }
    let rows = matrix.rows.indices.map { row in
      let cells = matrix.columns.indices.map { column in
        "<td\(shade(matrix.share(row, column)))>\(NumberFormat.count(matrix.counts[row][column]))</td>"
      }
      return "<tr><th scope=\"row\">\(escaped(matrix.rows[row]))</th>\(cells.joined())</tr>"
    }
    return """
      <div class="wide">
      <table class="matrix">
      <caption>\(escaped(matrix.title))</caption>
      <thead><tr>\(head.joined())</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table>
      </div>
      """
  }

  private static func shade(_ share: Double) -> String {
    let shade = Int((share * Double(HTMLStyle.shadeCount)).rounded(.up))
    return shade > 0 ? " class=\"h\(shade)\"" : ""
  }
}
