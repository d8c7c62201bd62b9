internal import Networks

/// A training pass of several plans side by side, one per shard of the mini-batch, which wait for each other where
/// batch normalisation sums over the whole batch.
struct ShardedRun {
  let plans: [Plan]
  let ranges: [Range<Int>]
  let workers: Workers
  let outputShape: Shape

  func pass(
    at images: Tensor<Float>, context: TrainingContext,
    cotangent: @Sendable (_ logits: Tensor<Float>, _ examples: Range<Int>) throws -> Tensor<Float>
  ) throws -> TrainingPass<Float> {
    let (plans, ranges, outputShape) = (plans, ranges, outputShape)
    for (plan, range) in zip(plans, ranges) {
      plan.load(images, range)
      plan.setContext(
        TrainingContext(seed: context.seed, step: context.step, exampleIDs: Array(context.exampleIDs[range])))
    }
    try run { shard in
      let logits = plans[shard].logits(ranges[shard].count, shape: outputShape)
      try plans[shard].loadCotangent(cotangent(logits, ranges[shard]))
    }
    var logits = Tensor<Float>(shape: outputShape.batched(images.exampleCount))
    for (plan, range) in zip(plans, ranges) { plan.store(plan.logits.buffer, into: &logits, range) }
    return TrainingPass(logits: logits, gradients: gradients(), batchStatistics: batchStatistics())
  }

  /// How far a shard has run.
  private struct Progress {
    var step = 0
    var hasCotangent = false
  }

  /// Runs all shards to the end. They wait for each other only at sums over shards, because on a busy machine every
  /// wait costs time of the scheduler.
  ///
  /// Plans of one network differ in their reorders, which depend on the batch size; the sums have the same order in all
  /// of them.
  private func run(loss: @Sendable (_ shard: Int) throws -> Void) throws {
    let plans = plans
    var progress = plans.map { _ in Progress() }
    while true {
      let before = progress
      progress = try workers.map(plans.count) { shard in
        try Self.advance(plans[shard], before[shard]) { try loss(shard) }
      }
      guard progress[0].step < plans[0].stepCount else { return }
      Plan.reduce(plans, at: progress.map(\.step))
      for shard in progress.indices { progress[shard].step += 1 }
    }
  }

  /// Runs one shard up to its next sum over shards, or its end.
  private static func advance(_ plan: Plan, _ start: Progress, loss: () throws -> Void) throws -> Progress {
    var progress = start
    if !progress.hasCotangent {
      progress.step = try plan.run(progress.step..<plan.forwardCount)
      if progress.step < plan.forwardCount { return progress }
      try loss()
      progress.hasCotangent = true
    }
    progress.step = try plan.run(progress.step..<plan.stepCount)
    return progress
  }

  /// The shards' gradients added up in the order of the shards.
  private func gradients() -> ParameterSet<Float> {
    ParameterSet(
      Dictionary(
        uniqueKeysWithValues: plans[0].parameterGradients.enumerated().map { index, gradient in
          let parts = plans.map { UnsafePointer($0.memory.floats($0.parameterGradients[index].buffer)) }
          let scalars = workers.sum(of: parts, count: gradient.shape.count)
          return (gradient.key, Tensor(shape: gradient.shape, scalars: scalars))
        }))
  }

  private func batchStatistics() -> ParameterSet<Float> {
    let memory = plans[0].memory
    return ParameterSet(
      Dictionary(
        uniqueKeysWithValues: plans[0].batchStatistics.map { key, buffer, shape in
          let scalars = Array(UnsafeBufferPointer(start: memory.floats(buffer), count: shape.count))
          return (key, Tensor(shape: shape, scalars: scalars))
        }))
  }
}

extension Workers {
  /// The sum of vectors of `count` scalars, added up in their order. Every worker adds up ranges that fit into its
  /// cache.
  fileprivate func sum(of vectors: [UnsafePointer<Float>], count: Int) -> [Float] {
    Array(unsafeUninitializedCapacity: count) { sum, initializedCount in
      initializedCount = count
      nonisolated(unsafe) let (sum, vectors) = (sum, vectors)
      forEachStretch(of: count, size: 1 << 14) { part in
        let here = UnsafeMutableBufferPointer(rebasing: sum[part])
        _ = here.initialize(from: UnsafeBufferPointer(start: vectors[0] + part.lowerBound, count: part.count))
        for vector in vectors.dropFirst() {
          for place in here.indices { here[place] += vector[part.lowerBound + place] }
        }
      }
    }
  }
}
