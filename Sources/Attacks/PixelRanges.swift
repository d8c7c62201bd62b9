import Networks

/// The ends of the range of every scalar of an example, for attacks that move scalars one by one.
struct PixelRanges {
  /// The least values.
  let lowers: [Float]
  /// The largest.
  let uppers: [Float]

  /// Those of a box, for examples of a shape.
  init(_ box: PixelBox, example: Shape) {
    let runs = box.runs(of: example.batched(1))
    lowers = runs.flatMap { repeatElement($0.range.lowerBound, count: $0.indices.count) }
    uppers = runs.flatMap { repeatElement($0.range.upperBound, count: $0.indices.count) }
  }
}

extension PixelBox {
  /// The width of the widest range: the unit in which penalties are measured, so that constants that were found for pixels
  /// of [0, 1] do for others.
  var widest: Float { ranges.map { $0.upperBound - $0.lowerBound }.max() ?? 1 }
}
