/// Writes the plots of a document as one SVG file, one below the other: for a page of text. It follows the reader's choice of
/// light or dark.
public enum SVGRenderer {
  /// What stands at the beginning of every file, by which it is known.
  public static let mark = "<!-- AdvLab -->"

  private static let titleHeight = 28.0
  private static let legendHeight = 20.0

  /// The plots that a terminal shows as bars, or where it has none those of the details; without any an empty picture.
  public static func text(_ document: Document) -> String {
    let shown = figures(document.blocks)
    let figures = shown.isEmpty ? self.figures(document.details) : shown
    var (parts, height) = ([String](), 0.0)
    for figure in figures {
      parts.append("<g transform=\"translate(0 \(text(height)))\">\n\(part(figure))\n</g>")
      height += self.height(figure)
    }
    let size = "width=\"\(text(SVGPlot.size.width))\" height=\"\(text(height))\""
    let name = HTMLRenderer.escaped(figures.map(\.title).joined(separator: "; "))
    return """
      \(mark)
      <svg xmlns="http://www.w3.org/2000/svg" \(size) viewBox="0 0 \(text(SVGPlot.size.width)) \(text(height))" \
      role="img" aria-label="\(name)" font-family="system-ui, sans-serif">
      <style>
      \(HTMLStyle.colors)
      \(HTMLStyle.plots)
      </style>
      <rect width="100%" height="100%" fill="var(--back)"/>
      \(parts.joined(separator: "\n"))
      </svg>

      """
  }

  private static func figures(_ blocks: [Document.Block]) -> [Figure] {
    blocks.compactMap { block -> Figure? in
      guard case .figure(let figure) = block, figure.series.contains(where: { !$0.points.isEmpty }) else { return nil }
      return figure
    }
  }

  private static func height(_ figure: Figure) -> Double {
    titleHeight + SVGPlot.size.height + (figure.series.count > 1 ? Double(figure.series.count) * legendHeight + 8 : 0)
  }

  /// Title, plot, and a line of the legend for each series.
  private static func part(_ figure: Figure) -> String {
    let escaped = HTMLRenderer.escaped
    let title = "<text x=\"8\" y=\"18\" style=\"font-size: 14px; font-weight: 600\">\(escaped(figure.title))</text>"
    let plot = "<g transform=\"translate(0 \(text(titleHeight)))\">\n\(SVGPlot(figure).content)\n</g>"
    guard figure.series.count > 1 else { return title + "\n" + plot }
    let entries = figure.series.indices.map { index in
      let y = text(titleHeight + SVGPlot.size.height + (Double(index) + 0.5) * legendHeight)
      return """
        <path class="series" d="M64 \(y)L92 \(y)" \(SVGPlot.stroke(index))/>\
        <text x="100" y="\(y)" dy="4">\(escaped(figure.series[index].label))</text>
        """
    }
    return ([title, plot] + entries).joined(separator: "\n")
  }

  private static func text(_ number: Double) -> String { NumberFormat.significant(number, digits: 5) }
}
