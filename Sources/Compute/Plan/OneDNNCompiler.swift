internal import Networks

/// Compiles networks to oneDNN's primitives and kernels of the lab's own.
struct OneDNNCompiler: PlanCompiler {
  let arithmetic: GradientArithmetic
  let profile: Profile?
  private let engine: Processor
  private let arenas = ArenaPool()

  init(arithmetic: GradientArithmetic, profile: Profile?) throws {
    (self.arithmetic, self.profile) = (arithmetic, profile)
    engine = try Processor.shared()
  }

  var batchSizes: [Int] { Processor.batchSizes }

  func weights(_ parameters: ScaledParameters) -> WeightStore { WeightStore(parameters, engine: engine) }

  func plan(of network: Network, batch: Int, purpose: PlanPurpose, weights: WeightStore) throws -> Plan {
    Processor.useOneThread()
    return try PlanBuilder(
      network, batch: batch, purpose: purpose, arithmetic: arithmetic, store: weights, arenas: arenas,
      engine: engine
    ).build(profile: profile)
  }
}
