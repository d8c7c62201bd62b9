/// A figure as an SVG plot with axes and a legend, and its numbers as a table that opens below it.
struct SVGPlot {
  static let size = (width: 640.0, height: 320.0)
  private static let margin = (left: 64.0, right: 16.0, top: 12.0, bottom: 48.0)
  static let dashes = ["", "6 3", "2 3", "8 3 2 3", "10 4", "1 2"]

  let figure: Figure
  let across: PlotAxis
  let up: PlotAxis

  init(_ figure: Figure) {
    self.figure = figure
    let (x, y) = Self.extent(figure)
    across = PlotAxis(x, scale: figure.xScale, from: Self.margin.left, to: Self.size.width - Self.margin.right)
    up = PlotAxis(y, from: Self.size.height - Self.margin.bottom, to: Self.margin.top)
  }

  /// The figure with its caption.
  var element: String {
    guard figure.series.contains(where: { !$0.points.isEmpty }) else { return "" }
    let escaped = HTMLRenderer.escaped
    let name = "\(figure.title): \(figure.yLabel) over \(figure.xLabel)"
    return """
      <figure>
      <figcaption>\(escaped(figure.title))</figcaption>
      <svg viewBox="0 0 \(text(Self.size.width)) \(text(Self.size.height))" width="\(text(Self.size.width))" role="img" \
      aria-label="\(escaped(name))">
      \(content)
      </svg>
      \(legend)
      <details><summary>Numbers</summary>
      \(numbers)
      </details>
      </figure>
      """
  }

  /// What is drawn, without the figure's title and legend.
  var content: String { (grid + figure.series.indices.map(drawing) + labels).joined(separator: "\n") }

  private var grid: [String] {
    let (left, right) = (Self.margin.left, Self.size.width - Self.margin.right)
    let (top, bottom) = (Self.margin.top, Self.size.height - Self.margin.bottom)
    return up.ticks.flatMap { value -> [String] in
      let y = text(up.place(of: value))
      return [
        "<line class=\"grid\" x1=\"\(text(left))\" x2=\"\(text(right))\" y1=\"\(y)\" y2=\"\(y)\"/>",
        "<text x=\"\(text(left - 8))\" y=\"\(y)\" dy=\"4\" text-anchor=\"end\">\(up.label(value))</text>",
      ]
    }
      + across.ticks.flatMap { value -> [String] in
        let x = text(across.place(of: value))
        return [
          "<line class=\"grid\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(text(top))\" y2=\"\(text(bottom))\"/>",
          "<text x=\"\(x)\" y=\"\(text(bottom + 18))\" text-anchor=\"middle\">\(across.label(value))</text>",
        ]
      }
  }

  private var labels: [String] {
    let middle = (Self.margin.left + Self.size.width - Self.margin.right) / 2
    let height = (Self.margin.top + Self.size.height - Self.margin.bottom) / 2
    let (x, y) = (HTMLRenderer.escaped(figure.xLabel), HTMLRenderer.escaped(figure.yLabel))
    return [
      "<text x=\"\(text(middle))\" y=\"\(text(Self.size.height - 8))\" text-anchor=\"middle\">\(x)</text>",
      "<text transform=\"translate(14 \(text(height))) rotate(-90)\" text-anchor=\"middle\">\(y)</text>",
    ]
  }

  private var legend: String {
    guard figure.series.count > 1 else { return "" }
    let entries = figure.series.indices.map { index in
      """
      <svg viewBox="0 0 28 10" width="28" height="10" aria-hidden="true"><path class="series" d="M0 5L28 5" \
      \(Self.stroke(index))/></svg> \
      \(HTMLRenderer.escaped(figure.series[index].label))
      """
    }
    return "<p>\(entries.joined(separator: " &emsp; "))</p>"
  }

  private var numbers: String {
    let escaped = HTMLRenderer.escaped
    let hasIntervals = figure.series.contains { $0.points.contains { $0.interval != nil } }
    func cell(_ text: String) -> String { "<td class=\"number\">\(text)</td>" }
    let rows = figure.series.flatMap { series in
      series.points.map { point in
        let interval = point.interval.map { ends in
          "\(NumberFormat.significant(ends.lowerBound)) to \(NumberFormat.significant(ends.upperBound))"
        }
        let texts = [NumberFormat.significant(point.x), NumberFormat.significant(point.y)]
        return "<tr><td>\(escaped(series.label))</td>" + texts.map(cell).joined()
          + (hasIntervals ? cell(interval ?? NumberFormat.missing) : "") + "</tr>"
      }
    }
    return """
      <table><thead><tr><th scope="col">series</th><th scope="col" class="number">\(escaped(figure.xLabel))</th>\
      <th scope="col" class="number">\(escaped(figure.yLabel))</th>\
      \(hasIntervals ? "<th scope=\"col\" class=\"number\">interval</th>" : "")</tr></thead><tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table>
      """
  }

  func text(_ number: Double) -> String { NumberFormat.significant(number, digits: 5) }
}
