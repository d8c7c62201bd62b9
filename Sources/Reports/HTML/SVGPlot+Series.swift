extension SVGPlot {
  /// All places and values that must have room, the ends of intervals and the feet of bars among them.
  static func extent(_ figure: Figure) -> (x: [Double], y: [Double]) {
    var (x, y) = ([Double](), [Double]())
    for series in figure.series {
      let points = series.points.filter(\.isFinite)
      switch series.style {
      case .line:
        x += points.map(\.x)
        y += points.flatMap { [$0.y] + ($0.interval.map { [$0.lowerBound, $0.upperBound] } ?? []) }
      case .bars:
        let half = barWidth(series) / 2
        x += points.flatMap { [$0.x - half, $0.x + half] }
        y += points.map(\.y) + [0]
      }
    }
    return (x, y)
  }

  /// One series.
  func drawing(_ index: Int) -> String {
    switch figure.series[index].style {
    case .line: bands(index) + line(index)
    case .bars: bars(index)
    }
  }

  private func colour(_ index: Int) -> String { Self.colour(index) }

  private static func colour(_ index: Int) -> String { "var(--s\(index % HTMLStyle.seriesCount))" }

  /// How the line of a series is told from others, in its plot and in every legend.
  static func stroke(_ index: Int) -> String {
    "stroke=\"\(colour(index))\" stroke-dasharray=\"\(dashes[index % dashes.count])\""
  }

  /// A line with a dot at each point; where a number is missing it is broken.
  private func line(_ index: Int) -> String {
    let points = figure.series[index].points
    var (path, dots) = ("", "")
    for run in points.split(whereSeparator: { !$0.isFinite }) {
      let places = run.map { (text(across.place(of: $0.x)), text(up.place(of: $0.y))) }
      path += "M" + places.map { "\($0.0) \($0.1)" }.joined(separator: "L")
      // So many dots would be a thick line.
      guard points.count <= 60 else { continue }
      dots += places.map { "<circle cx=\"\($0.0)\" cy=\"\($0.1)\" r=\"3\" fill=\"\(colour(index))\"/>" }.joined()
    }
    return "<path class=\"series\" d=\"\(path)\" \(Self.stroke(index))/>\(dots)"
  }

  /// The intervals of the points, as a shade around the line; one without neighbours is a stroke.
  private func bands(_ index: Int) -> String {
    let runs = figure.series[index].points.split { !$0.isFinite || $0.interval == nil }
    return runs.map { run in
      let upper = run.map { ($0.x, $0.interval?.upperBound ?? $0.y) }
      let lower = run.reversed().map { ($0.x, $0.interval?.lowerBound ?? $0.y) }
      let places = (upper + lower).map { "\(text(across.place(of: $0.0))) \(text(up.place(of: $0.1)))" }
      return "<path class=\"band\" d=\"M\(places.joined(separator: "L"))Z\" fill=\"\(colour(index))\" "
        + "stroke=\"\(colour(index))\"/>"
    }.joined()
  }

  private func bars(_ index: Int) -> String {
    let series = figure.series[index]
    let half = Self.barWidth(series) / 2
    return series.points.filter(\.isFinite).map { point in
      let (left, right) = (across.place(of: point.x - half), across.place(of: point.x + half))
      let (top, foot) = (up.place(of: max(point.y, 0)), up.place(of: min(point.y, 0)))
      return "<rect x=\"\(text(left))\" y=\"\(text(top))\" width=\"\(text(max(right - left - 1, 0.5)))\" "
        + "height=\"\(text(foot - top))\" fill=\"\(colour(index))\"/>"
    }.joined()
  }

  /// The least distance of two bars.
  private static func barWidth(_ series: Figure.Series) -> Double {
    let places = series.points.map(\.x)
    return zip(places, places.dropFirst()).map { $1 - $0 }.filter { $0 > 0 }.min() ?? 1
  }
}

extension Figure.Point {
  fileprivate var isFinite: Bool { x.isFinite && y.isFinite }
}
