internal import Networks

/// A training pass of several plans side by side, one per shard of the mini-batch, which wait for each other where
/// batch normalisation sums over the whole batch.
///
/// Where several processes share the pass, each runs its own shards, and has the logits and sums of all in the end.
struct ShardedRun<Plan: ExecutablePlan> {
  /// One for every shard of this process; one that is not run where it has none.
  let plans: [Plan]
  /// The examples of this process's shards.
  let ranges: [Range<Int>]
  let sum: ShardSum
  let outputShape: Shape

  private var workers: Workers { sum.workers }

  func pass(
    at images: Tensor<Float>, context: TrainingContext,
    cotangent: @Sendable (_ logits: Tensor<Float>, _ examples: Range<Int>) throws -> Tensor<Float>
  ) throws -> TrainingPass<Float> {
    let (plans, ranges, outputShape) = (plans, ranges, outputShape)
    try run { shard in
      plans[shard].load(images, ranges[shard])
      plans[shard].setContext(
        TrainingContext(seed: context.seed, step: context.step, exampleIDs: Array(context.exampleIDs[ranges[shard]])))
    } loss: { shard in
      let logits = plans[shard].logits(ranges[shard].count, shape: outputShape)
      try plans[shard].loadCotangent(cotangent(logits, ranges[shard]))
    }
    return TrainingPass(
      logits: try logits(), gradients: try gradients(), batchStatistics: try batchStatistics())
  }

  /// Runs all shards to the end. They wait for each other only at sums over shards, because on a busy machine every
  /// wait costs time of the scheduler.
  ///
  /// Plans of one network differ in their reorders, which depend on the batch size; the sums have the same order in all
  /// of them.
  private func run(
    load: @Sendable (_ shard: Int) -> Void, loss: @Sendable (_ shard: Int) throws -> Void
  ) throws {
    guard !ranges.isEmpty else { return try plans[0].reductions.forEach { try reduce([], at: [$0]) } }
    let plans = plans
    var progress = plans.map { _ in Progress() }
    while true {
      let before = progress
      progress = try workers.map(plans.count) { shard in
        if before[shard].step == 0 { load(shard) }
        return try Self.advance(plans[shard], before[shard]) { try loss(shard) }
      }
      guard progress[0].step < plans[0].stepCount else { return }
      try reduce(plans, at: progress.map(\.step))
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

  /// Computes a sum over shards; `places` are the indices of its step in each plan.
  private func reduce(_ running: [Plan], at places: [Int]) throws {
    guard let count = plans[0].reduction(at: places[0])?.count else { return }
    let operands = zip(running, places).compactMap { plan, place in plan.reduction(at: place) }
    let total = try sum(of: operands.map { UnsafePointer($0.partial) }, count: count)
    for operand in operands { operand.total.update(from: total, count: count) }
  }

  /// The logits of all examples.
  private func logits() throws -> Tensor<Float> {
    let count = ranges.reduce(0) { $0 + $1.count }
    var logits = Tensor<Float>(shape: outputShape.batched(count))
    for (plan, range) in zip(plans, ranges) {
      let start = range.lowerBound - ranges[0].lowerBound
      plan.storeLogits(into: &logits, start..<start + range.count)
    }
    return try workers.ranks.joined(logits)
  }

  /// The gradients of all shards added up: parameter by parameter, or in one sum where it takes messages.
  private func gradients() throws -> ParameterSet<Float> {
    let gradients = plans.map(\.parameterGradients)
    let (parameters, shapes) = (gradients[0], gradients[0].map(\.shape))
    let scalars: [[Float]]
    if workers.ranks.isAlone {
      scalars = try parameters.indices.map { index in
        try sum(of: gradients.map { $0[index].scalars }, count: shapes[index].count)
      }
    } else {
      scalars = try jointSums(Array(gradients.prefix(ranges.count)))
    }
    return ParameterSet(
      Dictionary(
        uniqueKeysWithValues: parameters.indices.map { index in
          (parameters[index].key, Tensor(shape: shapes[index], scalars: scalars[index]))
        }))
  }

  /// The sums of all gradients at once.
  private func jointSums(_ gradients: [[PlanVector]]) throws -> [[Float]] {
    let counts = plans[0].parameterGradients.map(\.shape.count)
    let joint = gradients.map { vectors in
      vectors.flatMap { UnsafeBufferPointer(start: $0.scalars, count: $0.shape.count) }
    }
    var total = try withPointers(to: joint[...]) { try sum(of: $0, count: counts.reduce(0, +)) }[...]
    return counts.map { count in
      defer { total = total.dropFirst(count) }
      return Array(total.prefix(count))
    }
  }

  /// The moments of the whole mini-batch, which every shard has.
  private func batchStatistics() throws -> ParameterSet<Float> {
    let statistics = plans[0].batchStatistics
    var scalars = statistics.map { Array(UnsafeBufferPointer(start: $0.scalars, count: $0.shape.count)) }
    if sum.tree.count < workers.ranks.count, !statistics.isEmpty {
      var joint = try workers.ranks.first(Array(scalars.joined()))[...]
      scalars = scalars.map { own in
        defer { joint = joint.dropFirst(own.count) }
        return Array(joint.prefix(own.count))
      }
    }
    return ParameterSet(
      Dictionary(
        uniqueKeysWithValues: zip(statistics, scalars).map { statistic, scalars in
          (statistic.key, Tensor(shape: statistic.shape, scalars: scalars))
        }))
  }
}

/// How far a shard has run.
private struct Progress {
  var step = 0
  var hasCotangent = false
}

/// Calls `body` with the addresses of vectors.
private func withPointers<Result>(
  to vectors: ArraySlice<[Float]>, _ pointers: [UnsafePointer<Float>] = [],
  _ body: ([UnsafePointer<Float>]) throws -> Result
) throws -> Result {
  guard let first = vectors.first else { return try body(pointers) }
  return try first.withUnsafeBufferPointer { vector in
    try withPointers(to: vectors.dropFirst(), pointers + (vector.baseAddress.map { [$0] } ?? []), body)
  }
}
