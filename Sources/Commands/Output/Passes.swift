internal import Networks

extension RunOptions {
  /// The logits of many images, in shards over the threads.
  func logits(of images: Tensor<Float>, _ model: some Classifier) throws -> Tensor<Float> {
    let ranges = shardRanges(count: images.exampleCount, size: 256)
    return Tensor.concatenating(try workers.map(ranges.count) { try model.logits(of: images.examples(ranges[$0])) })
  }
}

/// The share of examples that a model classifies rightly.
func accuracy(_ logits: Tensor<Float>, _ labels: [Int]) -> Double {
  Double(zip(logits.argmax(), labels).count { $0 == $1 }) / Double(max(labels.count, 1))
}
