public import Networks

/// A network with its weights, run by oneDNN.
///
/// Several threads may use it at once. `logits` and `pullback` run on the calling thread; parallelism is over
/// shards of examples (`Workers`). An example's bits do not depend on its batch: every plan runs on one OpenMP thread,
/// where oneDNN's sums over one example have one order.
public final class CompiledModel: TrainableClassifier, Sendable {
  /// The structure.
  public let network: Network
  /// Threads of a training pass, and the processes that share it.
  public let workers: Workers
  private let model: PlannedModel<OneDNNCompiler>
  private let arithmetic: GradientArithmetic

  /// Whether the passes that compute gradients use direct arithmetic throughout.
  public let pullbackLogitsAreExact: Bool

  /// Prepares a model; plans are compiled when they are first needed.
  ///
  /// - Throws: `NetworkError` where `parameters` are not those of `network`, or the activations do not fit into memory.
  public init(
    network: Network, parameters: Parameters, workers: Workers = Workers(count: 1),
    gradients: GradientArithmetic = .direct, profile: Profile? = nil
  ) throws {
    model = try PlannedModel(
      network, parameters, workers, compiler: OneDNNCompiler(arithmetic: gradients, profile: profile))
    self.network = network
    self.workers = workers
    arithmetic = gradients
    pullbackLogitsAreExact = gradients.isDirect(throughout: network)
  }

  /// The shape of one image.
  public var inputShape: Shape { network.inputShape }

  /// The number of logits of one image.
  public var classCount: Int { network.outputShape.count }

  /// The current weights.
  public var parameters: Parameters { model.parameters }

  /// A model of another network with the same threads and arithmetic.
  public func model(of network: Network, parameters: Parameters) throws -> any TrainableClassifier {
    try CompiledModel(network: network, parameters: parameters, workers: workers, gradients: arithmetic)
  }

  /// Changes the weights once all running passes have ended.
  public func updateParameters<R>(_ body: (inout Parameters) throws -> R) rethrows -> R {
    try model.updateParameters(body)
  }

  /// The logits of images, a part of the batch at a time.
  public func logits(of images: Tensor<Float>) throws -> Tensor<Float> { try model.logits(of: images) }

  /// Logits, and the gradient at the images; no weight gradients are computed.
  public func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    try model.pullback(at: images, cotangent: cotangent)
  }

  /// Mini-batches are cut into shards by size alone, so the result does not depend on the number of workers. The shards are
  /// shared out among the processes, all of which get the whole result.
  public func trainingPass(
    at images: Tensor<Float>, context: TrainingContext,
    cotangent: @Sendable (_ logits: Tensor<Float>, _ examples: Range<Int>) throws -> Tensor<Float>
  ) throws -> TrainingPass<Float> {
    try model.trainingPass(at: images, context: context, cotangent: cotangent)
  }
}
