import Glibc

/// From values to places along an axis of a plot.
package struct PlotAxis {
  /// Round numbers at which the axis is marked, the first and last around all values.
  package let ticks: [Double]
  private let scale: Figure.Scale
  private let start: Double
  private let end: Double

  package init(_ values: [Double], scale: Figure.Scale = .linear, from start: Double, to end: Double) {
    (self.scale, self.start, self.end) = (scale, start, end)
    switch scale {
    case .linear: ticks = Self.roundNumbers(around: values)
    case .logarithmic: ticks = Self.powersOfTen(around: values.filter { $0 > 0 })
    }
  }

  private static func powersOfTen(around values: [Double]) -> [Double] {
    let first = log10(values.min() ?? 1).rounded(.down)
    let last = max(log10(values.max() ?? 10).rounded(.up), first + 1)
    return stride(from: first, through: last, by: 1).map { pow(10, $0) }
  }

  private static func roundNumbers(around values: [Double]) -> [Double] {
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    let width = high > low ? high - low : max(abs(high), 1)
    let step = step(width / 5)
    // A value that is at a mark but for rounding, of single precision too, needs no further one.
    let first = (low / step + 1e-6).rounded(.down)
    let last = max((high / step - 1e-6).rounded(.up), first + 1)
    return (0...Int(last - first)).map { (first + Double($0)) * step }
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
    let share =
      switch scale {
      case .linear: (value - low) / (high - low)
      case .logarithmic: log10(value / low) / log10(high / low)
      }
    return start + share * (end - start)
  }

  func label(_ value: Double) -> String { NumberFormat.significant(value) }
}
