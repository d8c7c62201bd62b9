public import Networks

/// The mini-batches of a run: the images are shuffled for every epoch and cut into batches. The last batch is smaller
/// where the batch size does not divide the number of images.
public struct Minibatches: Hashable, Sendable {
  /// How the images are shuffled.
  public let windows: ShuffleWindows
  /// Images per batch.
  public let batchSize: Int
  private let random: RandomSource

  /// Creates the order of a run.
  ///
  /// - Precondition: `batchSize > 0`; `TrainingLoop` checks what a user gives.
  public init(_ windows: ShuffleWindows, batchSize: Int, random: RandomSource) {
    precondition(batchSize > 0, "a batch of \(batchSize) images")
    self.windows = windows
    self.batchSize = batchSize
    self.random = random
  }

  /// The same of images in memory.
  public init(count: Int, batchSize: Int, random: RandomSource) {
    self.init(ShuffleWindows(count: count), batchSize: batchSize, random: random)
  }

  /// The number of batches of one epoch.
  public var perEpoch: Int { (windows.count + batchSize - 1) / batchSize }

  /// The order of one epoch. It depends on the seed and the epoch alone.
  public func order(ofEpoch epoch: Int) -> EpochOrder {
    var stream = random.stream(.shuffling, step: epoch)
    var ranges = windows.ranges
    if windows.windowCount > 1 { stream.shuffle(&ranges) }
    var (order, members): ([Int], [[Int]]) = ([], [])
    order.reserveCapacity(windows.count)
    for window in shardRanges(count: ranges.count, size: windows.rangesPerWindow) {
      let indices = ranges[window].sorted { $0.lowerBound < $1.lowerBound }.flatMap { Array($0) }
      members.append(indices)
      var shuffled = indices
      stream.shuffle(&shuffled)
      order += shuffled
    }
    return EpochOrder(batches: shardRanges(count: order.count, size: batchSize).map { Array(order[$0]) }, members)
  }
}

/// The order in which the images of an epoch are seen.
public struct EpochOrder: Hashable, Sendable {
  /// The indices of each mini-batch.
  public let batches: [[Int]]
  /// The indices of each window, ascending.
  private let windows: [[Int]]

  fileprivate init(batches: [[Int]], _ windows: [[Int]]) {
    (self.batches, self.windows) = (batches, windows)
  }

  /// The windows of the images of a batch, which other images for them are drawn from. A batch may begin in one window
  /// and end in the next.
  func windows(ofBatch number: Int) -> [[Int]] {
    let start = number * (batches.first?.count ?? 0)
    var (window, end) = (0, windows.first?.count ?? 0)
    return batches[number].indices.map { row in
      while start + row >= end {
        window += 1
        end += windows[window].count
      }
      return windows[window]
    }
  }
}
