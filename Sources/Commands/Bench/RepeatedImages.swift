internal import Networks
internal import Training

/// A batch of images that an epoch passes several times over, each time as one mini-batch: a measurement of updates without
/// what an epoch does once in its end.
struct RepeatedImages: TrainingImages {
  private let batch: LabelledImages
  /// Of images of the batch.
  private let indices: [Int]

  init(_ batch: LabelledImages, times: Int) {
    self.batch = batch
    indices = (0..<times).flatMap { _ in 0..<batch.count }
  }

  private init(_ batch: LabelledImages, indices: [Int]) {
    (self.batch, self.indices) = (batch, indices)
  }

  var imageShape: Shape { batch.imageShape }

  var labels: [Int] { indices.map { batch.labels[$0] } }

  var windows: ShuffleWindows {
    ShuffleWindows(ranges: shardRanges(count: indices.count, size: batch.count), rangesPerWindow: 1)
  }

  func gathering(_ indices: [Int]) -> LabelledImages { batch.gathering(indices.map { self.indices[$0] }) }

  func selecting(_ indices: [Int]) -> RepeatedImages {
    RepeatedImages(batch, indices: indices.map { self.indices[$0] })
  }
}
