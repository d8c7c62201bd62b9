internal import Networks

/// A training pass of several plans side by side, one per shard of the mini-batch, which meet where batch
/// normalisation sums over the whole batch.
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
    try run { 0..<$0.forwardCount }
    _ = try workers.map(plans.count) { shard in
      let logits = plans[shard].logits(ranges[shard].count, shape: outputShape)
      try plans[shard].loadCotangent(cotangent(logits, ranges[shard]))
    }
    try run { $0.forwardCount..<$0.stepCount }
    var logits = Tensor<Float>(shape: outputShape.batched(images.exampleCount))
    for (plan, range) in zip(plans, ranges) { plan.store(plan.logits.buffer, into: &logits, range) }
    return TrainingPass(logits: logits, gradients: try gradients(), batchStatistics: batchStatistics())
  }

  /// Runs steps on all shards; at a sum over shards all wait for each other.
  ///
  /// Plans of one network differ in their reorders, which depend on the batch size; the sums come in one order.
  private func run(_ steps: (Plan) -> Range<Int>) throws {
    let plans = plans
    var rest = plans.map(steps)
    while rest.contains(where: { !$0.isEmpty }) {
      let from = rest
      let reached = try workers.map(plans.count) { shard in try plans[shard].run(from[shard]) }
      if reached[0] < from[0].upperBound { Plan.reduce(plans, at: reached) }
      rest = zip(reached, from).map { min($0 + 1, $1.upperBound)..<$1.upperBound }
    }
  }

  /// The shards' gradients added up in the order of the shards.
  private func gradients() throws -> ParameterSet<Float> {
    let plans = plans
    let tensors = try workers.map(plans[0].parameterGradients.count) { index in
      let (key, _, shape) = plans[0].parameterGradients[index]
      var sum = Tensor<Float>(shape: shape)
      sum.withUnsafeMutableScalars { sum in
        for plan in plans {
          let part = plan.memory.floats(plan.parameterGradients[index].buffer)
          for place in sum.indices { sum[place] += part[place] }
        }
      }
      return (key, sum)
    }
    return ParameterSet(Dictionary(uniqueKeysWithValues: tensors))
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
