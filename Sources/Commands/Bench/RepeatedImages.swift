package import Networks
package import Training

/// A batch of images that an epoch passes several times over, each time as one mini-batch: a measurement of updates without
/// what an epoch does once in its end.
package struct RepeatedImages: TrainingImages {
  private let batch: LabelledImages
  /// Of images of the batch.
  private let indices: [Int]

  package init(_ batch: LabelledImages, times: Int) {
    self.batch = batch
    indices = (0..<times).flatMap { _ in 0..<batch.count }
  }

  private init(_ batch: LabelledImages, indices: [Int]) {
    (self.batch, self.indices) = (batch, indices)
  }

  package var imageShape: Shape { batch.imageShape }

  package var labels: [Int] { indices.map { batch.labels[$0] } }

  package var windows: ShuffleWindows {
    ShuffleWindows(ranges: shardRanges(count: indices.count, size: batch.count), rangesPerWindow: 1)
  }

  package func gathering(_ indices: [Int]) -> LabelledImages { batch.gathering(indices.map { self.indices[$0] }) }

  package func selecting(_ indices: [Int]) -> RepeatedImages {
    RepeatedImages(batch, indices: indices.map { self.indices[$0] })
  }
}
