extension TerminalRenderer {
  /// A figure in plain text: one line of bars for each series, all on the scale of the figure.
  ///
  /// ```
  /// Robust accuracy of PGD
  /// PGD   █▆▃▁  0.97 to 0.12
  /// FGSM  █▇▅▃  0.97 to 0.41
  /// accuracy over eps, 0 to 0.3
  /// ```
  func lines(_ figure: Figure) -> String {
    let points = figure.series.flatMap(\.points).filter { $0.y.isFinite }
    guard let low = points.map(\.y).min(), let high = points.map(\.y).max() else { return "" }
    var facts = Facts()
    for series in figure.series {
      let bars = String(series.points.map { Self.bar($0.y, low...high) })
      let ends = [series.points.first, series.points.last].compactMap { $0.map { NumberFormat.significant($0.y) } }
      facts.add(series.label, "\(bars)  \(ends.joined(separator: " to "))")
    }
    let places = points.map(\.x)
    let range = [places.min(), places.max()].compactMap { $0.map { NumberFormat.significant($0) } }
    return figure.title + "\n" + lines(facts)
      + "\(figure.yLabel) over \(figure.xLabel), \(range.joined(separator: " to "))\n"
  }

  private static let bars = Array("▁▂▃▄▅▆▇█")

  /// The lowest value still has a bar: without one a point could not be told from a missing number.
  private static func bar(_ value: Double, _ range: ClosedRange<Double>) -> Character {
    guard value.isFinite else { return " " }
    let width = range.upperBound - range.lowerBound
    let share = width > 0 ? (value - range.lowerBound) / width : 0
    return bars[min(Int(share * Double(bars.count)), bars.count - 1)]
  }
}
