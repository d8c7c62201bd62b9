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

  /// The range of one scalar.
  subscript(index: Int) -> ClosedRange<Float> { lowers[index]...uppers[index] }
}
