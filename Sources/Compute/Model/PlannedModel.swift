internal import Glibc
package import Networks

/// A network with its weights, run by the plans of any compiler: it cuts batches into parts that there are plans for, and
/// mini-batches into shards.
package struct PlannedModel<Compiler: PlanCompiler>: Sendable {
  let network: Network
  let workers: Workers
  private let pool: PlanPool<Compiler>
  private let gate = UpdateGate()
  private let planSizes: PlanSizes

  /// Prepares a model; plans are compiled when they are first needed.
  ///
  /// - Throws: `NetworkError` where `parameters` are not those of `network`, or the activations do not fit into memory.
  package init(_ network: Network, _ parameters: Parameters, _ workers: Workers, compiler: Compiler) throws {
    try network.check(parameters)
    (self.network, self.workers) = (network, workers)
    pool = PlanPool(network, parameters, compiler: compiler)
    planSizes = try PlanSizes(network, allowed: compiler.batchSizes)
  }

  /// The current weights.
  var parameters: Parameters { pool.currentParameters }

  /// Changes the weights once all running passes have ended.
  package func updateParameters<R>(_ body: (inout Parameters) throws -> R) rethrows -> R {
    try gate.writing { try pool.update(workers, body) }
  }

  /// The logits of images, a part of the batch at a time.
  package func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    try check(images)
    var logits = Tensor<Float>(shape: network.outputShape.batched(images.exampleCount))
    try gate.reading {
      for (range, size) in planSizes.parts(of: images.exampleCount) {
        try pool.withPlan(.inference, batch: size) { plan in
          plan.load(images, range)
          _ = try plan.run(0..<plan.stepCount)
          plan.storeLogits(into: &logits, range)
        }
      }
    }
    return logits
  }

  /// Logits, and the gradient at the images; no weight gradients are computed.
  package func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    try check(images)
    var logits = Tensor<Float>(shape: network.outputShape.batched(images.exampleCount))
    var gradient = Tensor<Float>(shape: images.shape)
    try gate.reading {
      for (range, size) in planSizes.parts(of: images.exampleCount) {
        try pool.withPlan(.inputGradient, batch: size) { plan in
          plan.load(images, range)
          _ = try plan.run(0..<plan.forwardCount)
          let part = plan.logits(range.count, shape: network.outputShape)
          try plan.loadCotangent(checked(cotangent(part, range), like: part))
          _ = try plan.run(plan.forwardCount..<plan.stepCount)
          plan.storeLogits(into: &logits, range)
          plan.storeInputGradient(into: &gradient, range)
        }
      }
    }
    return (logits, gradient)
  }

  /// Mini-batches are cut into shards by size alone, so the result does not depend on the number of workers. The shards are
  /// shared out among the processes, all of which get the whole result.
  package func trainingPass(
    at images: Tensor<Float>, context: TrainingContext,
    cotangent: @Sendable (_ logits: Tensor<Float>, _ examples: Range<Int>) throws -> Tensor<Float>
  ) throws -> TrainingPass<Float> {
    try check(images)
    guard images.exampleCount > 0, context.exampleIDs.count == images.exampleCount else {
      throw NetworkError(
        node: "input", expected: "a mini-batch with one id per example",
        found: "\(images.exampleCount) examples, \(context.exampleIDs.count) ids")
    }
    let count = images.exampleCount
    let shardSize = (count - 1) / ((count - 1) / Self.largestTrainingShard + 1) + 1
    let shards = shardRanges(count: count, size: shardSize)
    return try gate.reading {
      var plans: [Compiler.Plan] = []
      defer { for plan in plans { pool.giveBack(plan, .training) } }
      let own = workers.ranks.share(of: shards.count)
      for range in shards[own] { plans.append(try pool.take(.training, batch: range.count)) }
      // A process without shards takes part in the sums, for which it needs to know which there are.
      if own.isEmpty { plans.append(try pool.take(.training, batch: shards[0].count)) }
      let run = ShardedRun(
        plans: plans, ranges: Array(shards[own]), sum: ShardSum(ShardTree(count: shards.count), own: own, workers),
        outputShape: network.outputShape)
      return try run.pass(at: images, context: context) { logits, range in
        try checked(cotangent(logits, range), like: logits)
      }
    }
  }

  /// Large enough that reordering weight gradients is cheap beside computing them, small enough to feed two cores
  /// from the mini-batches of 64 to 128 that training uses.
  private static var largestTrainingShard: Int { 64 }

  private func check(_ images: Tensor<Float>) throws(NetworkError) {
    guard images.shape.rank > 0, images.shape.example == network.inputShape else {
      throw NetworkError(node: "input", expected: "images of shape N×\(network.inputShape)", found: "\(images.shape)")
    }
  }

  private func checked(_ cotangent: Tensor<Float>, like logits: Tensor<Float>) throws(NetworkError) -> Tensor<Float> {
    guard cotangent.shape == logits.shape else {
      throw NetworkError(
        node: "output", expected: "a logit gradient of shape \(logits.shape)", found: "\(cotangent.shape)")
    }
    return cotangent
  }
}

/// A read–write lock: passes run together, an update runs alone. Sendable because any thread may use a `pthread_rwlock_t`
/// at a fixed address.
private final class UpdateGate: @unchecked Sendable {
  private let lock: UnsafeMutablePointer<pthread_rwlock_t>

  init() {
    lock = .allocate(capacity: 1)
    pthread_rwlock_init(lock, nil)
  }

  deinit {
    pthread_rwlock_destroy(lock)
    lock.deallocate()
  }

  func reading<R>(_ body: () throws -> R) rethrows -> R {
    pthread_rwlock_rdlock(lock)
    defer { pthread_rwlock_unlock(lock) }
    return try body()
  }

  func writing<R>(_ body: () throws -> R) rethrows -> R {
    pthread_rwlock_wrlock(lock)
    defer { pthread_rwlock_unlock(lock) }
    return try body()
  }
}
