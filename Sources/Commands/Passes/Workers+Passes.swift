internal import Attacks
internal import Exchange
internal import Networks

extension Workers {
  /// The logits of many images, in shards over processes and threads.
  func logits(of images: Tensor<Float>, _ model: some Classifier) throws -> Tensor<Float> {
    try rows(count: images.exampleCount, largest: Self.shardSize, shape: [model.classCount]) { range in
      try model.logits(of: images.examples(range))
    }
  }

  /// The logits of many images and the gradient of their losses, in shards over the threads.
  func gradients(
    of loss: Loss, _ data: Dataset, _ model: some DifferentiableClassifier
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let ranges = balancedRanges(count: data.count, largest: Self.shardSize)
    let parts = try map(ranges.count) { shard in
      let labels = Array(data.labels[ranges[shard]])
      return try model.pullback(at: data.images.examples(ranges[shard])) { logits, rows in
        loss(logits, labels: Array(labels[rows])).gradient
      }
    }
    return (Tensor.concatenating(parts.map(\.logits)), Tensor.concatenating(parts.map(\.gradient)))
  }

  /// Large enough to keep the engine busy, small enough that every thread gets work.
  private static let shardSize = 256
}

/// The share of examples that a model classifies rightly, as the evaluator counts it: one whose logits are not all finite
/// is not.
func accuracy(_ logits: Tensor<Float>, _ labels: [Int]) -> Double {
  Double(zip(predictions(of: logits), labels).count { $0 == $1 }) / Double(max(labels.count, 1))
}
