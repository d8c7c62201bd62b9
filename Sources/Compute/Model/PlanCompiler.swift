package import Networks

/// The part of an engine that knows processors and kernels: it compiles networks into plans.
///
/// What is built on it, the cache of plans, the cutting of batches and the sums over shards, knows no kernels:
/// `PlannedModel` is that for any compiler.
package protocol PlanCompiler: Sendable {
  /// The weights of a network in the forms that its plans read.
  associatedtype Weights: PlanWeights
  /// What it compiles to.
  associatedtype Plan: ExecutablePlan

  /// The batch sizes for which plans are compiled, ascending.
  var batchSizes: [Int] { get }

  /// Weights that any number of plans share.
  func weights(_ parameters: ScaledParameters) throws -> Weights

  /// Compiles a network.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - batch: The number of examples.
  ///   - purpose: What the plan is to compute.
  ///   - weights: The weights that it reads, now and after every change.
  /// - Returns: The plan.
  /// - Throws: `NetworkError` where it does not fit into memory; what the kernels' library reports.
  func plan(of network: Network, batch: Int, purpose: PlanPurpose, weights: Weights) throws -> Plan
}

/// What a plan is compiled for.
package enum PlanPurpose: Hashable, Sendable {
  /// Logits alone.
  case inference
  /// Logits, then the gradient at the input.
  case inputGradient
  /// Logits in training mode, then the gradients of the parameters.
  case training

  /// What gradients are taken with respect to.
  var gradientTargets: GradientTargets {
    switch self {
    case .inference: []
    case .inputGradient: .images
    case .training: .parameters
    }
  }
}

/// The weights that a set of plans shares.
package protocol PlanWeights: Sendable {
  /// Releases the parameters; `replace` must follow before the next use.
  func release()
  /// Takes new parameters of the same shapes. No plan may run meanwhile.
  func replace(_ parameters: ScaledParameters, _ workers: Workers) throws
}

/// A network compiled for one batch size: steps over memory that it has while it is lent to a thread.
///
/// The memory that it shows holds what it says until the plan runs again or gives its memory back.
package protocol ExecutablePlan: Sendable {
  /// The number of examples.
  var batch: Int { get }
  /// The number of steps.
  var stepCount: Int { get }
  /// Steps before this one are the forward pass.
  var forwardCount: Int { get }
  /// The gradients of the parameters, in one order in all plans of a network.
  var parameterGradients: [PlanVector] { get }
  /// The moments of the whole mini-batch.
  var batchStatistics: [PlanVector] { get }
  /// The steps that are sums over shards. They are the same sums in all plans of a network, at places of their own.
  var reductions: [Int] { get }

  /// Takes the memory that all that follows works on.
  func takeMemory() throws
  /// Gives it back, with all that it holds.
  func giveMemoryBack()
  /// Sets what the random numbers of dropout depend on.
  func setContext(_ context: TrainingContext)
  /// Copies examples to the input; the plan's other examples become zero.
  func load(_ images: Tensor<Float>, _ range: Range<Int>)
  /// Runs steps until the end of the range or up to a sum over shards.
  ///
  /// - Returns: The index of the step not yet done: the range's end, or a sum.
  func run(_ range: Range<Int>) throws -> Int
  /// The operands of the sum over shards that is a step of the plan; nil where the step is another one.
  func reduction(at index: Int) -> ShardReduction?
  /// The first `count` logits.
  func logits(_ count: Int, shape: Shape) -> Tensor<Float>
  /// Copies the gradient at the logits in; that of the plan's other examples becomes zero.
  func loadCotangent(_ gradient: Tensor<Float>)
  /// Copies logits to their range of a tensor.
  func storeLogits(into tensor: inout Tensor<Float>, _ range: Range<Int>)
  /// Copies the gradient at the input to its range of a tensor.
  func storeInputGradient(into tensor: inout Tensor<Float>, _ range: Range<Int>)
}

/// A vector of numbers that belong to a parameter.
package struct PlanVector {
  package let key: ParameterKey
  package let shape: Shape
  package let scalars: UnsafePointer<Float>

  package init(key: ParameterKey, shape: Shape, scalars: UnsafePointer<Float>) {
    (self.key, self.shape, self.scalars) = (key, shape, scalars)
  }
}

/// A sum over the shards of a mini-batch: `total` becomes the sum of every shard's `partial`.
package struct ShardReduction {
  package let partial: UnsafeMutablePointer<Double>
  package let total: UnsafeMutablePointer<Double>
  package let count: Int

  package init(partial: UnsafeMutablePointer<Double>, total: UnsafeMutablePointer<Double>, count: Int) {
    (self.partial, self.total, self.count) = (partial, total, count)
  }
}
