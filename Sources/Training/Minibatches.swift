public import Networks

/// The mini-batches of a run: the images are shuffled for every epoch and cut into batches. The last batch is smaller
/// where the batch size does not divide the number of images.
public struct Minibatches: Hashable, Sendable {
  /// The number of images.
  public let count: Int
  /// Images per batch.
  public let batchSize: Int
  private let random: RandomSource

  /// Creates the order of a run.
  ///
  /// - Precondition: `batchSize > 0`; `TrainingLoop` checks what a user gives.
  public init(count: Int, batchSize: Int, random: RandomSource) {
    precondition(batchSize > 0, "a batch of \(batchSize) images")
    self.count = count
    self.batchSize = batchSize
    self.random = random
  }

  /// The number of batches of one epoch.
  public var perEpoch: Int { (count + batchSize - 1) / batchSize }

  /// The batches of one epoch, as indices of images. They depend on the seed and the epoch alone.
  public func indices(ofEpoch epoch: Int) -> [[Int]] {
    var stream = random.stream(.shuffling, step: epoch)
    let order = stream.permutation(count)
    return stride(from: 0, to: count, by: batchSize).map { start in
      Array(order[start..<min(start + batchSize, count)])
    }
  }
}
