internal import Networks
internal import Synchronization

/// The compiled plans of one model, by purpose and batch size. A plan is lent to one thread at a time; where none is
/// idle another is compiled, so there are as many as threads ever ran at once.
final class PlanPool: @unchecked Sendable {
  private struct Key: Hashable {
    let purpose: PlanPurpose
    let batch: Int
  }

  // What the lock guards.
  private let lock = Mutex(())
  private var idle: [Key: [Plan]] = [:]
  private var inference: (network: Network, store: WeightStore)?
  private var training: WeightStore?
  private var staleInference = false
  private var staleTraining = false
  private var parameters: Parameters

  private let network: Network
  private let hasBatchNormalization: Bool
  private let engine: Engine
  private let arithmetic: GradientArithmetic
  private let profile: Profile?

  init(_ network: Network, _ parameters: Parameters, arithmetic: GradientArithmetic, profile: Profile?) throws {
    self.network = network
    self.arithmetic = arithmetic
    hasBatchNormalization = network.nodes.contains { node in
      if case .batchNormalization = node.operation { true } else { false }
    }
    self.profile = profile
    self.parameters = parameters
    engine = try Engine.shared()
  }

  /// The weights now.
  var currentParameters: Parameters { lock.withLock { _ in parameters } }

  /// Changes the weights; no plan may be lent while this runs.
  func update<R>(_ workers: Workers, _ body: (inout Parameters) throws -> R) rethrows -> R {
    try lock.withLock { _ in
      defer {
        // The next pass would do it, but on one thread. Where it fails the next pass tries again, and throws.
        let isLoaded = (try? training?.replace(parameters, workers)) != nil
        (staleInference, staleTraining) = (true, !isLoaded)
      }
      // Whoever else holds the tensors makes every change of them a copy.
      training?.release()
      inference?.store.release()
      return try body(&parameters)
    }
  }

  /// Lends a plan to `body`.
  func withPlan<R>(_ purpose: PlanPurpose, batch: Int, _ body: (Plan) throws -> R) throws -> R {
    let plan = try take(purpose, batch: batch)
    defer { giveBack(plan, purpose) }
    return try body(plan)
  }

  func take(_ purpose: PlanPurpose, batch: Int) throws -> Plan {
    Engine.useOneThread()
    return try lock.withLock { _ in
      let (network, store) = try source(of: purpose)
      if let plan = idle[Key(purpose: purpose, batch: batch)]?.popLast() { return plan }
      return try PlanBuilder(
        network, batch: batch, purpose: purpose, arithmetic: arithmetic, store: store, engine: engine
      )
      .build(profile: profile)
    }
  }

  func giveBack(_ plan: Plan, _ purpose: PlanPurpose) {
    lock.withLock { _ in idle[Key(purpose: purpose, batch: plan.batch), default: []].append(plan) }
  }

  /// The network a plan is compiled from and its weights, brought up to date. A store that is stale is used by no
  /// running plan: whoever took a plan since the update has refreshed it.
  private func source(of purpose: PlanPurpose) throws -> (network: Network, store: WeightStore) {
    // Without anything to fold all purposes share one set of weights.
    guard purpose != .training, hasBatchNormalization else {
      let store = training ?? WeightStore(parameters, engine: engine)
      if staleTraining { try store.replace(parameters) }
      (training, staleTraining) = (store, false)
      return (network, store)
    }
    guard let known = inference else {
      let folded = try network.foldingBatchNormalization(parameters)
      let source = (folded.network, WeightStore(folded.parameters, engine: engine))
      (inference, staleInference) = (source, false)
      return source
    }
    if staleInference {
      try known.store.replace(network.foldingBatchNormalization(parameters).parameters)
      staleInference = false
    }
    return known
  }
}
