/// The ends of the box of valid pixels for each scalar of one example.
///
/// The balls are compiled for either way of finding them: where one range holds for all scalars, its ends stay in
/// registers.
protocol PixelEnds {
  /// The least value that the scalar may have.
  func lower(_ index: Int) -> Float

  /// The largest.
  func upper(_ index: Int) -> Float
}

/// One range for all scalars.
struct UniformEnds: PixelEnds {
  let range: ClosedRange<Float>

  @inline(__always)
  func lower(_ index: Int) -> Float { range.lowerBound }

  @inline(__always)
  func upper(_ index: Int) -> Float { range.upperBound }
}

/// The ends written out for every scalar, whatever its channel.
struct ScalarEnds: PixelEnds {
  let lowers: [Float]
  let uppers: [Float]

  /// - Precondition: the ranges fit the shape.
  init(_ box: PixelBox, of example: Shape) {
    let runs = box.runs(of: example.batched(1))
    lowers = runs.flatMap { repeatElement($0.range.lowerBound, count: $0.indices.count) }
    uppers = runs.flatMap { repeatElement($0.range.upperBound, count: $0.indices.count) }
  }

  @inline(__always)
  func lower(_ index: Int) -> Float { lowers[index] }

  @inline(__always)
  func upper(_ index: Int) -> Float { uppers[index] }
}
