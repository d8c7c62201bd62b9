internal import Exchange

/// What is kept of the examples of a range once they were attacked.
struct RangeFacts: Codable {
  let start: Int
  let count: Int
  let clampedPixels: Int
  let pixels: PixelStatistics

  init(start: Int, _ data: Dataset) {
    self.start = start
    (count, clampedPixels, pixels) = (data.count, data.clampedPixels, PixelStatistics(data.images))
  }
}

/// What is known of all examples that were read.
struct ReadExamples {
  private(set) var data: DatasetProperties
  private(set) var pixels = PixelStatistics()

  /// Puts together what processes know of ranges, which several of them may have read.
  init(_ facts: [RangeFacts], of first: DatasetProperties) {
    let ranges = Dictionary(facts.map { ($0.start, $0) }) { first, _ in first }.values.sorted { $0.start < $1.start }
    data = first
    data.count = ranges.reduce(0) { $0 + $1.count }
    data.clampedPixels = ranges.reduce(0) { $0 + $1.clampedPixels }
    // In their order, so that rounding is the same whoever has read them.
    for range in ranges { pixels.add(range.pixels) }
  }
}
