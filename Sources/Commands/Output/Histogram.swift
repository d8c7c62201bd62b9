internal import Reports

/// How numbers above 0 are distributed: counts in bins of equal width, of any number of numbers whose range is not known
/// before. Where one lies beyond the last bin, bins are joined two by two, so that at least half of them reach to it.
struct Histogram {
  /// The counts from 0 on.
  private(set) var counts = [Int](repeating: 0, count: 48)
  /// That of a bin; a power of two, so that joining is exact.
  private(set) var width = 0x1p-40

  /// Counts a number. One that is not finite is left out.
  mutating func add(_ number: Double) {
    guard number.isFinite, number >= 0 else { return }
    while number >= width * Double(counts.count) { join() }
    counts[Int(number / width)] += 1
  }

  private mutating func join() {
    let joined = stride(from: 0, to: counts.count, by: 2).map { counts[$0] + counts[$0 + 1] }
    counts = joined + [Int](repeating: 0, count: counts.count - joined.count)
    width *= 2
  }

  /// The middle and the count of every bin up to the last that holds a number.
  var bins: [(middle: Double, count: Int)] {
    guard let last = counts.lastIndex(where: { $0 > 0 }) else { return [] }
    return counts[...last].enumerated().map { ((Double($0.offset) + 0.5) * width, $0.element) }
  }
}

extension Histogram {
  /// Its bins as bars; nil without numbers.
  func figure(_ title: String, xLabel: String) -> Document.Block? {
    let points = bins.map { Figure.Point(x: $0.middle, y: Double($0.count)) }
    guard !points.isEmpty else { return nil }
    return .figure(
      Figure(title, xLabel: xLabel, yLabel: "examples", [Figure.Series("examples", points, style: .bars)]))
  }
}
