import Glibc

/// What stands beyond the border of an image.
enum Edge {
  /// The last pixel again: `a a a | a b c d`.
  case nearest
  /// The image mirrored, the last pixel repeated: `c b a | a b c d`.
  case reflected
  /// The image mirrored at its last pixel: `d c b | a b c d`.
  case mirrored
  /// Nothing: a mean is taken of the pixels that are there.
  case missing

  /// The place of a line that stands at an index; nil for none.
  func place(_ index: Int, of count: Int) -> Int? {
    switch self {
    case .nearest: return min(max(index, 0), count - 1)
    case .reflected:
      let place = ((index % (2 * count)) + 2 * count) % (2 * count)
      return place < count ? place : 2 * count - 1 - place
    case .mirrored:
      guard count > 1 else { return 0 }
      let period = 2 * count - 2
      let place = ((index % period) + period) % period
      return place < count ? place : period - place
    case .missing: return (0..<count).contains(index) ? index : nil
    }
  }
}

extension LineMap {
  /// Sums whose terms may name a place more than once.
  init(adding sums: [[(source: Int, weight: Double)]]) {
    self.init(
      sums.map { sum in
        var weights = [Double](repeating: 0, count: sums.count)
        for term in sum where weights.indices.contains(term.source) { weights[term.source] += term.weight }
        return weights.indices.filter { weights[$0] != 0 }.map { ($0, weights[$0]) }
      })
  }

  /// A Gaussian filter of a line, cut off at `truncate` standard deviations, as in SciPy and scikit-image.
  static func gaussian(_ count: Int, sigma: Double, truncate: Double = 4, edge: Edge) -> LineMap {
    // Beyond a few lengths of the line the filter is flat.
    let radius = min(Int((truncate * sigma + 0.5).rounded(.down)), 16 * count)
    let weights = (-radius...radius).map { radius == 0 ? 1 : exp(-Double($0 * $0) / (2 * sigma * sigma)) }
    return filter(count, weights: weights, edge: edge)
  }

  /// The weighted mean of neighbours, an odd number of them.
  static func filter(_ count: Int, weights: [Double], edge: Edge) -> LineMap {
    let radius = weights.count / 2
    return LineMap(
      adding: (0..<count).map { place in
        let terms = weights.enumerated().compactMap { index, weight in
          edge.place(place + index - radius, of: count).map { (source: $0, weight: weight) }
        }
        let sum = terms.reduce(0) { $0 + $1.weight }
        return terms.map { ($0.source, $0.weight / sum) }
      })
  }

  /// The middle of a line enlarged to its whole length, linearly, as SciPy's `zoom` of a crop does it: first and last
  /// pixel stay first and last, and what is too long is cut at both ends.
  static func zoom(_ count: Int, by factor: Double) -> LineMap {
    let crop = min(Int((Double(count) / factor).rounded(.up)), count)
    let top = (count - crop) / 2
    let enlarged = max(Int((Double(crop) * factor).rounded(.toNearestOrEven)), count)
    let trim = (enlarged - count) / 2
    return LineMap(
      adding: (0..<count).map { place in
        let scale = enlarged > 1 ? Double(crop - 1) / Double(enlarged - 1) : 0
        let center = Double(place + trim) * scale
        let lower = min(Int(center), crop - 1)
        let part = center - Double(lower)
        return [(top + lower, 1 - part), (top + min(lower + 1, crop - 1), part)]
      })
  }

  /// A line shrunk to fewer pixels by the mean of those that a box covers, and enlarged again by repeating them:
  /// Pillow's box filter both ways.
  static func pixelated(_ count: Int, to fewer: Int) -> LineMap {
    let fewer = min(max(fewer, 1), count)
    let small = box(count, to: fewer)
    let large = box(fewer, to: count)
    return LineMap(
      adding: large.map { terms in
        terms.flatMap { term in small[term.source].map { ($0.source, $0.weight * term.weight) } }
      })
  }

  private static func box(_ count: Int, to other: Int) -> [[(source: Int, weight: Double)]] {
    let scale = Double(count) / Double(other)
    let support = 0.5 * max(scale, 1)
    return (0..<other).map { place in
      let center = (Double(place) + 0.5) * scale
      let first = max(Int(center - support + 0.5), 0)
      let last = min(Int(center + support + 0.5), count)
      let inside = (first..<max(last, first + 1)).filter { source in
        let distance = (Double(source) - center + 0.5) / max(scale, 1)
        return distance > -0.5 && distance <= 0.5
      }
      let sources = inside.isEmpty ? [min(max(Int(center), 0), count - 1)] : inside
      return sources.map { ($0, 1 / Double(sources.count)) }
    }
  }
}
