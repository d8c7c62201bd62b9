public import Networks
import Synchronization

/// Labelled images that are read from a file whenever they are needed, and of which no more than a window is in memory.
public struct ReadImages: TrainingImages {
  /// The shape of one image.
  public let imageShape: Shape
  /// The class of each image.
  public let labels: [Int]
  /// The ranges that are read together, and how many of them are in memory.
  public let windows: ShuffleWindows
  private let ids: [Int]
  /// Where each image is in the file, ascending.
  private let places: [Int]
  private let file: RangeCache

  /// All images of a file.
  ///
  /// - Parameters:
  ///   - imageShape: The shape of one image.
  ///   - labels: The class of each image, counted from 0.
  ///   - ids: The places of the images in their dataset; random numbers are keyed by them.
  ///   - windows: The ranges in which the file is read, and how many of them memory has room for.
  ///   - read: Reads a range; `then` is the range that is read next, where that is known.
  /// - Throws: `TrainingError` where the numbers of labels, ids and images are not the same.
  public init(
    imageShape: Shape, labels: [Int], ids: [Int], windows: ShuffleWindows,
    read: @escaping @Sendable (_ range: Range<Int>, _ then: Range<Int>?) throws -> Tensor<Float>
  ) throws(TrainingError) {
    guard labels.count == windows.count, ids.count == windows.count else {
      throw .invalidSetting(
        "labels", expected: "one label and one id per image, \(windows.count)",
        found: "\(labels.count) labels and \(ids.count) ids")
    }
    (self.imageShape, self.labels, self.ids, self.windows) = (imageShape, labels, ids, windows)
    places = Array(labels.indices)
    file = RangeCache(windows, imageShape: imageShape, read: read)
  }

  private init(_ whole: ReadImages, at indices: [Int]) {
    (imageShape, file) = (whole.imageShape, whole.file)
    labels = indices.map { whole.labels[$0] }
    ids = indices.map { whole.ids[$0] }
    places = indices.map { whole.places[$0] }
    windows = ShuffleWindows(
      ranges: Self.ranges(of: places, in: whole.file.windows.ranges),
      rangesPerWindow: whole.file.windows.rangesPerWindow)
  }

  /// The indices of those places that lie in each range.
  private static func ranges(of places: [Int], in ranges: [Range<Int>]) -> [Range<Int>] {
    var (result, start): ([Range<Int>], Int) = ([], 0)
    for range in ranges {
      var end = start
      while end < places.count, places[end] < range.upperBound { end += 1 }
      if end > start { result.append(start..<end) }
      start = end
    }
    return result
  }

  /// The images at `indices`, in that order.
  ///
  /// - Parameter indices: Some of `0..<count`.
  /// - Returns: The images.
  /// - Throws: What reading them throws.
  public func gathering(_ indices: [Int]) throws -> LabelledImages {
    try LabelledImages(
      images: file.gathering(indices.map { places[$0] }), labels: indices.map { labels[$0] },
      ids: indices.map { ids[$0] })
  }

  /// A set of the images at `indices`; it shares the memory of this one.
  public func selecting(_ indices: [Int]) -> ReadImages { ReadImages(self, at: indices) }
}

/// The ranges of a file that were used last.
private final class RangeCache: Sendable {
  let windows: ShuffleWindows
  private let imageShape: Shape
  private let read: @Sendable (Range<Int>, Range<Int>?) throws -> Tensor<Float>
  private let state = Mutex(State())

  private struct State {
    /// The images of ranges, by their number.
    var images: [Int: Tensor<Float>] = [:]
    /// Their numbers, that of the range used last at the end.
    var recent: [Int] = []
  }

  init(
    _ windows: ShuffleWindows, imageShape: Shape,
    read: @escaping @Sendable (Range<Int>, Range<Int>?) throws -> Tensor<Float>
  ) {
    (self.windows, self.imageShape, self.read) = (windows, imageShape, read)
  }

  /// The images at some places. Each range they lie in is read once at most: those in memory come first,
  /// so that none is dropped that is needed yet.
  func gathering(_ places: [Int]) throws -> Tensor<Float> {
    var rows: [Int: [Int]] = [:]
    for (row, place) in places.enumerated() { rows[number(of: place), default: []].append(row) }
    var result = Tensor<Float>(shape: imageShape.batched(places.count))
    try state.withLock { state in
      let missing = rows.keys.filter { state.images[$0] == nil }.sorted()
      let present = rows.keys.filter { state.images[$0] != nil }
      for (position, number) in (present + missing).enumerated() {
        let next = position + 1 - present.count
        let images = try images(of: number, before: missing.indices.contains(next) ? missing[next] : nil, &state)
        let start = windows.ranges[number].lowerBound
        let own = rows[number] ?? []
        result.scatter(images.gathering(own.map { places[$0] - start }), to: own)
      }
    }
    return result
  }

  /// The images of a range; where they have to be read, the range that was not used for longest gives way.
  private func images(of number: Int, before next: Int?, _ state: inout State) throws -> Tensor<Float> {
    state.recent.removeAll { $0 == number }
    if let images = state.images[number] {
      state.recent.append(number)
      return images
    }
    while state.recent.count >= windows.rangesPerWindow { state.images[state.recent.removeFirst()] = nil }
    let images = try read(windows.ranges[number], next.map { windows.ranges[$0] })
    state.images[number] = images
    state.recent.append(number)
    return images
  }

  /// The number of the range that a place lies in.
  private func number(of place: Int) -> Int {
    var (low, high) = (0, windows.ranges.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if place < windows.ranges[middle].upperBound { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
