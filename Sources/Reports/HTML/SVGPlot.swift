/// A figure as an SVG plot with axes and a legend, and its numbers as a table that opens below it.
struct SVGPlot {
  private static let size = (width: 640.0, height: 320.0)
  private static let margin = (left: 64.0, right: 16.0, top: 12.0, bottom: 48.0)
  private static let dashes = ["", "6 3", "2 3", "8 3 2 3", "10 4", "1 2"]

  private let figure: Figure
  private let across: PlotAxis
  private let up: PlotAxis

  init(_ figure: Figure) {
    self.figure = figure
    let points = figure.series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
    across = PlotAxis(points.map(\.x), from: Self.margin.left, to: Self.size.width - Self.margin.right)
    up = PlotAxis(points.map(\.y), from: Self.size.height - Self.margin.bottom, to: Self.margin.top)
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
      \((grid + figure.series.indices.map(line) + labels).joined(separator: "\n"))
      </svg>
      \(legend)
      <details><summary>Numbers</summary>
      \(numbers)
      </details>
      </figure>
      """
  }

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

  /// A line with a dot at each point; where a number is missing it is broken.
  private func line(_ index: Int) -> String {
    let colour = "var(--s\(index % HTMLStyle.seriesCount))"
    var (path, dots, isBroken) = ("", "", true)
    for point in figure.series[index].points {
      guard point.x.isFinite, point.y.isFinite else {
        isBroken = true
        continue
      }
      let (x, y) = (text(across.place(of: point.x)), text(up.place(of: point.y)))
      path += (isBroken ? "M" : "L") + "\(x) \(y)"
      dots += "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"3\" fill=\"\(colour)\"/>"
      isBroken = false
    }
    let dash = Self.dashes[index % Self.dashes.count]
    return "<path class=\"series\" d=\"\(path)\" stroke=\"\(colour)\" stroke-dasharray=\"\(dash)\"/>\(dots)"
  }

  private var legend: String {
    guard figure.series.count > 1 else { return "" }
    let entries = figure.series.indices.map { index in
      let dash = Self.dashes[index % Self.dashes.count]
      return """
        <svg viewBox="0 0 28 10" width="28" height="10" aria-hidden="true"><path class="series" d="M0 5L28 5" \
        stroke="var(--s\(index % HTMLStyle.seriesCount))" stroke-dasharray="\(dash)"/></svg> \
        \(HTMLRenderer.escaped(figure.series[index].label))
        """
    }
    return "<p>\(entries.joined(separator: " &emsp; "))</p>"
  }

  private var numbers: String {
    let escaped = HTMLRenderer.escaped
    let rows = figure.series.flatMap { series in
      series.points.map { point in
        let (x, y) = (NumberFormat.significant(point.x), NumberFormat.significant(point.y))
        return "<tr><td>\(escaped(series.label))</td><td class=\"number\">\(x)</td><td class=\"number\">\(y)</td></tr>"
      }
    }
    return """
      <table><thead><tr><th scope="col">series</th><th scope="col" class="number">\(escaped(figure.xLabel))</th>\
      <th scope="col" class="number">\(escaped(figure.yLabel))</th></tr></thead><tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table>
      """
  }

  private func text(_ number: Double) -> String { NumberFormat.significant(number, digits: 5) }
}

/// From values to places along an axis of a plot.
package struct PlotAxis {
  /// Round numbers at which the axis is marked, the first and last around all values.
  package let ticks: [Double]
  private let start: Double
  private let end: Double

  package init(_ values: [Double], from start: Double, to end: Double) {
    (self.start, self.end) = (start, end)
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    let width = high > low ? high - low : max(abs(high), 1)
    let step = Self.step(width / 5)
    // A value that is at a mark but for rounding needs no further one.
    let first = (low / step + 1e-9).rounded(.down)
    let last = max((high / step - 1e-9).rounded(.up), first + 1)
    ticks = (0...Int(last - first)).map { (first + Double($0)) * step }
  }

  /// The least of 1, 2 and 5 times a power of ten that is not below `width`.
  private static func step(_ width: Double) -> Double {
    var power = 1.0
    while power > width { power /= 10 }
    while power * 10 <= width { power *= 10 }
    return power * ([1, 2, 5].first { $0 * power >= width } ?? 10)
  }

  package func place(of value: Double) -> Double {
    let (low, high) = (ticks[0], ticks[ticks.count - 1])
    return start + (value - low) / (high - low) * (end - start)
  }

  func label(_ value: Double) -> String { NumberFormat.significant(value) }
}
