import Reports
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Documents as web page, Markdown, comma-separated values and LaTeX.
@Suite struct FileRenderersTests {
  /// Names and paths come from files; none of them may become markup.
  private let hostile = "<script>alert(1)</script> \"a\" | b_c & 5 % \\d 'e' `f` $g$ #h ~i\nj"

  private func document() -> Document {
    var document = Document("Attack")
    var facts = Facts()
    facts.add("model", hostile)
    facts.add("warning", "eps is tiny")
    document.add(facts)
    for radius in ["0.1", "0.2"] {
      var table = Table(
        [.left("attack"), .right("robust", short: "r"), .right("95 % interval")], title: "eps = \(radius)")
      table.append([.text(hostile), .percentage(0.41256), .interval(0.25...0.5)])
      table.append(["none", .missing, .missing])
      table.notes = ["a note"]
      document.add(table)
    }
    document.add(
      Figure(
        "Robust accuracy", xLabel: "eps", yLabel: hostile,
        [
          Figure.Series("PGD", [Figure.Point(x: 0, y: 1), .init(x: 0.1, y: .nan), .init(x: 0.2, y: 0.25)]),
          Figure.Series(hostile, [Figure.Point(x: 0.1, y: 0.5)]),
        ]))
    document.warn("doubtful")
    document.nameOmittedColumns(shownBy: "A wider terminal shows")
    return document
  }

  /// An XML parser would be a dependency: tags are counted instead, and nothing but the renderer's own stand in the text.
  @Test func aWebPageHasNoMarkupOfOthers() {
    let page = HTMLRenderer.text(document())
    #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &quot;a&quot; | b_c &amp; 5 % \\d &#39;e&#39;"))
    #expect(!page.contains("<script") && !page.contains("http"))
    for tag in ["table", "tr", "td", "th", "figure", "svg", "details", "main", "body", "html", "ul", "li", "div"] {
      let (opened, closed) = (page.ranges(of: "<\(tag)>").count + page.ranges(of: "<\(tag) ").count, "</\(tag)>")
      #expect(opened == page.ranges(of: closed).count && opened > 0, "\(tag)")
    }
    #expect(page.contains("<caption>eps = 0.1</caption>") && page.contains("<td class=\"number\">41.26 %</td>"))
    #expect(page.contains("<tr class=\"warning\"><th scope=\"row\">warning</th><td>eps is tiny</td></tr>"))
    #expect(!page.contains("wider terminal"))
  }

  @Test func controlCharactersAreReplaced() {
    var document = Document("a\u{0}b\u{1B}c")
    document.remark("tab\tand line\n")
    let page = HTMLRenderer.text(document)
    #expect(page.contains("<h1>a\u{FFFD}b\u{FFFD}c</h1>") && page.contains("<p>tab\tand line\n</p>"))
  }

  /// A missing point breaks the line: it is not drawn across.
  @Test func plotsBreakAtMissingPoints() {
    let page = HTMLRenderer.text(document())
    #expect(page.contains("d=\"M64 12M624 255.75\""), "\(page)")
    #expect(page.ranges(of: "<circle").count == 3)
    #expect(page.contains("aria-label=\"Robust accuracy: &lt;script&gt;"))
  }

  @Test func markdownEscapesItsMarkup() {
    let text = MarkdownRenderer.text(document())
    #expect(text.hasPrefix("<!-- AdvLab -->\n# Attack\n\n* **model**: \\<script\\>alert(1)\\</script\\>"))
    #expect(text.contains("\n**eps = 0.1**\n\n| attack | robust | 95 % interval |\n| --- | ---: | ---: |\n| \\<script"))
    #expect(text.contains("| 41.26 % | \\[25.00, 50.00\\] % |\n| none | – | – |\n\n* a note\n"))
    #expect(text.contains("\n> **Warning:** doubtful\n"))
    #expect(text.contains("\\\\d 'e' \\`f\\` \\$g\\$ \\#h \\~i j"))
    // The numbers of the figure, a column for each series.
    #expect(text.contains("| eps | PGD | \\<script") && text.contains("| 0.2 | 0.25 | – |"))
  }

  /// Two radii are one table; numbers are fractions with all of their digits.
  @Test func commaSeparatedValuesAreForPrograms() {
    let lines = CSVRenderer.text(document()).split(separator: "\r\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "table,attack,robust,\"95 % interval, lower end\",\"95 % interval, upper end\"")
    #expect(lines[1].hasPrefix("eps = 0.1,\"<script>alert(1)</script> \"\"a\"\" | b_c"))
    #expect(lines[1].hasSuffix("~i\nj\",0.41256,0.25,0.5"))
    #expect(lines[2] == "eps = 0.1,none,,,")
    #expect(lines[3].hasPrefix("eps = 0.2,") && lines.count == 6 && lines[5].isEmpty)
  }

  /// Text that a spreadsheet would compute is marked as text; a negative number is none.
  @Test(arguments: [("=1+2", "'=1+2"), ("@a", "'@a"), ("+b", "'+b"), ("-c", "'-c"), ("-1.5", "-1.5"), ("a=b", "a=b")])
  func formulasAreText(_ text: String, _ expected: String) {
    var document = Document("d")
    var table = Table([.left("name")])
    table.append([.text(text)])
    document.add(table)
    #expect(CSVRenderer.text(document) == "name\r\n\(expected)\r\n")
  }

  /// Intervals are a shade around their line, bars stand on 0, and powers of ten are equally far apart.
  @Test func plotsShowIntervalsBarsAndRatios() {
    var document = Document("d")
    let points = [(1.0, 0.5), (10, 0.25), (100, 1)].map { Figure.Point(x: $0, y: $1, interval: 0...1) }
    document.add(Figure("f", xLabel: "x", yLabel: "y", xScale: .logarithmic, [Figure.Series("s", points)]))
    document.add(
      Figure(
        "h", xLabel: "x", yLabel: "y",
        [Figure.Series("s", [.init(x: 0.5, y: 3), .init(x: 1.5, y: 0), .init(x: 2.5, y: 5)], style: .bars)]))
    let page = HTMLRenderer.text(document)
    #expect(page.contains("<path class=\"band\" d=\"M64 12L344 12L624 12L624 272L344 272L64 272Z\""), "\(page)")
    #expect(page.contains("d=\"M64 142L344 207L624 12\"") && page.contains("<td class=\"number\">0 to 1</td>"))
    // The axis goes from 0 to 3 and from 0 to 5.
    #expect(page.contains("<rect x=\"64\" y=\"116\" width=\"185.67\" height=\"156\""))
    #expect(page.contains("y=\"12\" width=\"185.67\" height=\"260\"") && page.ranges(of: "<rect").count == 3)
  }

  /// Details are for files that people read; shades are shares of a row.
  @Test func detailsStandInPagesAndMarkdownAlone() {
    var document = document()
    let plain = document
    document.summary = "It holds <well>."
    document.add(details: [
      .matrix(
        Matrix("Confusion", axes: ("class", "predicted"), rows: ["a", "b"], columns: ["a", "b"], [[3, 1], [0, 0]]))
    ])
    let page = HTMLRenderer.text(document)
    #expect(page.contains("<p class=\"summary\">It holds &lt;well&gt;.</p>"))
    #expect(page.contains("<tr><th scope=\"row\">a</th><td class=\"h6\">3</td><td class=\"h2\">1</td></tr>"))
    #expect(page.contains("<tr><th scope=\"row\">b</th><td>0</td><td>0</td></tr>"))
    let text = MarkdownRenderer.text(document)
    #expect(text.contains("\nIt holds \\<well\\>.\n") && text.contains("| a | 3 | 1 |\n| b | 0 | 0 |\n"))
    #expect(CSVRenderer.text(document) == CSVRenderer.text(plain))
    #expect(LaTeXRenderer.text(document) == LaTeXRenderer.text(plain))
    #expect(TerminalRenderer.text(document, width: 80) == TerminalRenderer.text(plain, width: 80))
  }

  /// Of several stages each example has a view, and one slider goes through all of them.
  @Test func galleriesHaveASliderThroughTheirStages() {
    let views = ["robust", "broken"].map { Gallery.View(outcome: $0, [], Facts()) }
    var document = Document("d")
    document.add(.gallery(Gallery("g", stages: ["eps = 0.1", hostile], [Gallery.Item("example 0", kind: "", views)])))
    let page = HTMLRenderer.text(document)
    #expect(page.contains("<input type=\"range\" min=\"0\" max=\"1\" value=\"1\"") && !page.contains("name=\"kind\""))
    #expect(page.contains("data-stage=\"eps = 0.1\" data-outcome=\"robust\"><h4>eps = 0.1</h4>"))
    #expect(page.contains("data-stage=\"&lt;script") && page.ranges(of: "<script").count == 1)
  }

  /// A file of its own: its colours and lines are in it, and names are text.
  @Test func plotsAreAFileOfTheirOwn() {
    let text = SVGRenderer.text(document())
    #expect(text.hasPrefix("<!-- AdvLab -->\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" height=\"396\""))
    #expect(text.contains("--s0: #0b62c4") && text.contains("d=\"M64 12M624 255.75\"") && !text.contains("<script"))
    #expect(text.contains(">Robust accuracy</text>") && text.contains("&lt;script&gt;") && text.hasSuffix("</svg>\n"))
    for tag in ["g", "text", "svg", "style"] {
      let opened = text.ranges(of: "<\(tag) ").count + text.ranges(of: "<\(tag)>").count
      #expect(opened == text.ranges(of: "</\(tag)>").count && opened > 0, "\(tag)")
    }
  }

  @Test func latexEscapesItsCommands() {
    let text = LaTeXRenderer.text(document())
    #expect(text.hasPrefix("% AdvLab: Attack. Needs \\usepackage{booktabs}.\n% eps = 0.1\n% a note\n"))
    #expect(
      text.contains("\\begin{tabular}{lrr}\n  \\toprule\n  attack & robust & 95 \\% interval \\\\\n  \\midrule\n"))
    #expect(
      text.contains("| b\\_c \\& 5 \\% \\textbackslash{}d 'e' `f` \\$g\\$ \\#h \\textasciitilde{}i j & 41.26 \\% &"))
    #expect(text.contains("  none & -- & -- \\\\\n  \\bottomrule\n\\end{tabular}\n"))
  }

  @Test(arguments: [
    ([0.0, 0.3], [0, 0.1, 0.2, 0.3]), ([0.97, 0.12], [0, 0.2, 0.4, 0.6, 0.8, 1]),
    ([0.05, 0.2], [0.05, 0.1, 0.15, 0.2]), ([5, 5], [5, 6]),
    ([0, 0], [0, 0.2]), ([-3, 12], [-5, 0, 5, 10, 15]), ([1e-9, 9e-9], [0, 2e-9, 4e-9, 6e-9, 8e-9, 1e-8]),
  ]) func axesAreMarkedAtRoundNumbers(values: [Double], ticks: [Double]) {
    let axis = PlotAxis(values, from: 0, to: 100)
    #expect(axis.ticks.count == ticks.count, "\(axis.ticks)")
    for (found, expected) in zip(axis.ticks, ticks) { #expect(abs(found - expected) <= 1e-9 * abs(expected)) }
    #expect(axis.place(of: axis.ticks[0]) == 0 && axis.place(of: axis.ticks[axis.ticks.count - 1]) == 100)
  }

  /// A gallery can be narrowed down by class and outcome, numbers in their order; without one there is no script.
  @Test func galleriesShowTheirPictures() {
    let picture = Gallery.Picture(
      hostile, [UInt8](repeating: 0, count: 28 * 28), width: 28, height: 28, png: Array("PNG!".utf8))
    var facts = Facts()
    facts.add("distance", .number(0.1))
    var document = document()
    #expect(!HTMLRenderer.text(document).contains("<script"))
    document.add(
      .gallery(
        Gallery(
          "Examples", stages: ["eps = 0.1"],
          [("10", "broken"), ("2", "robust"), (hostile, "broken")].map { kind, outcome in
            Gallery.Item(
              "example", kind: kind, [Gallery.View(outcome: outcome, [picture, picture], facts)])
          })))
    let page = HTMLRenderer.text(document)
    #expect(page.ranges(of: "<script").count == 1 && page.ranges(of: "<li data-kind=").count == 3)
    #expect(page.contains("<option value=\"2\">2</option><option value=\"10\">10</option><option value=\"&lt;script"))
    #expect(page.contains("<option value=\"broken\">broken</option><option value=\"robust\">"))
    #expect(
      page.ranges(of: "width=\"112\" height=\"112\" src=\"data:image/png;base64,UE5HIQ==\">").count == 6)
    #expect(MarkdownRenderer.text(document) == MarkdownRenderer.text(self.document()))
  }

  /// The vectors of RFC 4648.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ]) func base64(text: String, expected: String) {
    #expect(HTMLGallery.base64(Array(text.utf8)) == expected)
  }
}
