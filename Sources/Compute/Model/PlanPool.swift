internal import Networks
internal import Synchronization

/// The compiled plans of one model, by purpose and batch size. A plan is lent to one thread at a time; where none is
/// idle another is compiled, so there are as many as threads that ever ran at once.
final class PlanPool<Compiler: PlanCompiler>: Sendable {
  private struct Key: Hashable {
    let purpose: PlanPurpose
    let batch: Int
  }

  /// What plans are compiled from.
  private struct Source: Sendable {
    let network: Network
    let weights: Compiler.Weights
    /// Whether the weights are those from before an update.
    var isStale = false
  }

  private struct State {
    var parameters: Parameters
    var idle: [Key: [Compiler.Plan]] = [:]
    /// For all purposes, where there is no batch normalisation to fold.
    var training: Source?
    /// With batch normalisation folded.
    var inference: Source?
  }

  private let state: Mutex<State>
  private let network: Network
  private let hasBatchNormalization: Bool
  private let compiler: Compiler

  init(_ network: Network, _ parameters: Parameters, compiler: Compiler) {
    (self.network, self.compiler) = (network, compiler)
    hasBatchNormalization = network.nodes.contains { node in
      if case .batchNormalization = node.operation { true } else { false }
    }
    state = Mutex(State(parameters: parameters))
  }

  /// The current weights.
  var currentParameters: Parameters { state.withLock { $0.parameters } }

  /// Changes the weights; no plan may be lent while this runs.
  func update<R>(_ workers: Workers, _ body: (inout Parameters) throws -> R) rethrows -> R {
    try state.withLock { state in
      let isUsed = state.inference?.isStale == false
      defer {
        // The next pass would load the weights on one thread; here all threads do. If that fails, the next pass tries
        // again, and throws.
        let isLoaded = (try? state.training?.weights.replace(ScaledParameters(state.parameters), workers)) != nil
        state.training?.isStale = !isLoaded
        state.inference?.isStale = true
        // As long as attacks and updates take turns; where none followed the last update, none may follow this one.
        if isUsed { _ = try? refreshInference(&state, workers) }
      }
      // As long as others refer to the tensors, every change copies them.
      state.training?.weights.release()
      state.inference?.weights.release()
      return try body(&state.parameters)
    }
  }

  /// Lends a plan to `body`.
  func withPlan<R>(_ purpose: PlanPurpose, batch: Int, _ body: (Compiler.Plan) throws -> R) throws -> R {
    let plan = try take(purpose, batch: batch)
    defer { giveBack(plan, purpose) }
    return try body(plan)
  }

  /// An idle plan, or a new one. It is compiled outside of the lock, so that threads compile theirs at the same time.
  func take(_ purpose: PlanPurpose, batch: Int) throws -> Compiler.Plan {
    let (idle, source) = try state.withLock { state in
      let source = try upToDateSource(of: purpose, &state)
      return (state.idle[Key(purpose: purpose, batch: batch)]?.popLast(), source)
    }
    let plan =
      try idle ?? compiler.plan(of: source.network, batch: batch, purpose: purpose, weights: source.weights)
    try plan.takeMemory()
    return plan
  }

  func giveBack(_ plan: Compiler.Plan, _ purpose: PlanPurpose) {
    plan.giveMemoryBack()
    state.withLock { $0.idle[Key(purpose: purpose, batch: plan.batch), default: []].append(plan) }
  }

  /// The network a plan is compiled from and its weights, brought up to date. No running plan uses stale weights: the
  /// first to take a plan after an update refreshes them.
  private func upToDateSource(of purpose: PlanPurpose, _ state: inout State) throws -> Source {
    // Without anything to fold all purposes share one set of weights.
    guard purpose != .training, hasBatchNormalization else {
      let parameters = ScaledParameters(state.parameters)
      var source = try state.training ?? Source(network: network, weights: compiler.weights(parameters))
      if source.isStale { try source.weights.replace(parameters, Workers(count: 1)) }
      source.isStale = false
      state.training = source
      return source
    }
    if let source = state.inference, !source.isStale { return source }
    return try refreshInference(&state, Workers(count: 1))
  }

  /// Folds batch normalisation into the current weights.
  private func refreshInference(_ state: inout State, _ workers: Workers) throws -> Source {
    let folded = try network.foldingBatchNormalization(state.parameters)
    let known = state.inference?.weights
    try known?.replace(folded.parameters, workers)
    let source = Source(network: folded.network, weights: try known ?? compiler.weights(folded.parameters))
    state.inference = source
    return source
  }
}
