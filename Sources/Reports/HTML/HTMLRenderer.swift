/// Writes a document as one HTML file that needs no other: style, plots, pictures and the script of galleries are in it.
///
/// It follows the reader's choice of light or dark, prints in black on white, and can be read aloud: tables have captions
/// and headers, plots have a description and their numbers.
public enum HTMLRenderer {
  /// What stands in the head of every file, by which it is known.
  public static let mark = "<meta name=\"generator\" content=\"AdvLab\">"

  /// The whole file.
  public static func text(_ document: Document) -> String {
    let title = escaped(document.title)
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      \(mark)
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(title)</title>
      <style>
      \(HTMLStyle.sheet)
      </style>
      </head>
      <body>
      <main>
      <h1>\(title)</h1>
      \(([summary(document)] + (document.blocks + document.details).map(element)).joined(separator: "\n"))
      </main>\(script(document))
      </body>
      </html>

      """
  }

  private static func summary(_ document: Document) -> String {
    document.summary.map { "<p class=\"summary\">\(escaped($0))</p>" } ?? ""
  }

  private static func script(_ document: Document) -> String {
    let hasGallery = (document.blocks + document.details).contains { if case .gallery = $0 { true } else { false } }
    return hasGallery ? "\n<script>\n\(HTMLGallery.script)\n</script>" : ""
  }

  /// A text in which no character is read as markup, wherever it stands.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      // HTML allows no other control characters, not even by number.
      case "\u{0}"..."\u{8}", "\u{B}", "\u{C}", "\u{E}"..."\u{1F}", "\u{7F}"..."\u{9F}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  private static func element(_ block: Document.Block) -> String {
    switch block {
    case .facts(let facts): element(facts)
    case .table(let table): element(table)
    case .figure(let figure): SVGPlot(figure).element
    case .matrix(let matrix): HTMLMatrix.element(matrix)
    case .gallery(let gallery): HTMLGallery.element(gallery)
    case .note(let note): element(note)
    // Nothing is left out here.
    case .omittedColumns: ""
    }
  }

  private static func element(_ facts: Facts) -> String {
    guard !facts.facts.isEmpty else { return "" }
    let rows = facts.facts.map { fact in
      let label = fact.label.isEmpty ? "" : escaped(fact.label)
      let kind = fact.label == "warning" ? " class=\"warning\"" : ""
      return "<tr\(kind)><th scope=\"row\">\(label)</th><td>\(escaped(fact.value.description))</td></tr>"
    }
    return "<table class=\"facts\">\n\(rows.joined(separator: "\n"))\n</table>"
  }

  private static func element(_ table: Table) -> String {
    let caption = table.title.map { "<caption>\(escaped($0))</caption>\n" } ?? ""
    let titles = table.columns.map { "<th scope=\"col\"\(kind($0))>\(escaped($0.title))</th>" }
    let rows = table.rows.map { row in
      let cells = zip(table.columns, row).map { "<td\(kind($0))>\(escaped($1.description))</td>" }
      return "<tr>\(cells.joined())</tr>"
    }
    let notes = table.notes.map { "<li>\(escaped($0))</li>" }
    return """
      <div class="wide">
      <table>
      \(caption)<thead><tr>\(titles.joined())</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table>
      </div>
      """ + (notes.isEmpty ? "" : "\n<ul class=\"notes\">\(notes.joined())</ul>")
  }

  private static func kind(_ column: Table.Column) -> String {
    column.alignment == .right ? " class=\"number\"" : ""
  }

  private static func element(_ note: Document.Note) -> String {
    switch note.kind {
    case .remark: "<p>\(escaped(note.text))</p>"
    case .warning: "<p class=\"warning\"><strong>Warning:</strong> \(escaped(note.text))</p>"
    }
  }
}
