/// What a black-box attack can access of a model: logits of images.
public protocol Classifier: Sendable {
  /// The shape of one image, `[C, H, W]` (any shape the network takes).
  var inputShape: Shape { get }
  /// K, the number of classes.
  var classCount: Int { get }
  /// The logits `[N, K]` of images `[N, C, H, W]` in stored pixel units.
  ///
  /// Runs on the calling thread. One example's bits do not depend on the others of its batch.
  func logits(of images: Tensor<Float>) throws -> Tensor<Float>
}

/// From logits `[n, K]` to the gradient of a summed loss with respect to them, `[n, K]`.
///
/// A model works through a large batch in parts and calls this once per part; `examples` are the part's rows in the
/// batch, so that the closure can find their labels.
public typealias LogitCotangent = (_ logits: Tensor<Float>, _ examples: Range<Int>) throws -> Tensor<Float>

/// A classifier with one vector–Jacobian product back to its input, and no weight gradients.
public protocol DifferentiableClassifier: Classifier {
  /// Whether the logits that come with a gradient are, bit for bit, those of `logits(of:)`. Gradients of
  /// less precision come with logits of less precision; decisions then need a call of `logits(of:)`.
  var pullbackLogitsAreExact: Bool { get }
  /// Logits of the images, and the gradient with respect to the images of the loss whose logit gradient is `cotangent`.
  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>)
}

/// What the random numbers of a training pass (dropout) depend on.
public struct TrainingContext: Sendable {
  /// The run's seed.
  public var seed: UInt64
  /// The number of the update.
  public var step: Int
  /// The index of each example in its dataset.
  public var exampleIDs: [Int]

  /// Creates a context.
  public init(seed: UInt64, step: Int, exampleIDs: [Int]) {
    self.seed = seed
    self.step = step
    self.exampleIDs = exampleIDs
  }
}

/// The result of one training pass.
public struct TrainingPass<Scalar: BinaryFloatingPoint & Sendable>: Sendable {
  /// The logits `[N, K]` in training mode (batch statistics, dropout).
  public var logits: Tensor<Scalar>
  /// The gradient of the summed loss with respect to every trainable parameter.
  public var gradients: ParameterSet<Scalar>
  /// Mean and (unbiased) variance of this batch for every batch normalisation, for the running statistics.
  public var batchStatistics: ParameterSet<Scalar>

  /// Creates the result of a pass.
  public init(logits: Tensor<Scalar>, gradients: ParameterSet<Scalar>, batchStatistics: ParameterSet<Scalar>) {
    self.logits = logits
    self.gradients = gradients
    self.batchStatistics = batchStatistics
  }
}

/// A classifier whose weights can be changed, with gradients for them.
public protocol TrainableClassifier: DifferentiableClassifier {
  /// The structure.
  var network: Network { get }
  /// The current weights.
  var parameters: Parameters { get }
  /// A model of another network that runs as this one does: on the same engine, with as many threads. For objectives
  /// that need a pass through a network made from this one, such as one that propagates bounds.
  ///
  /// - Throws: `NetworkError` where `parameters` are not those of `network`, or the model can run no other network.
  func model(of network: Network, parameters: Parameters) throws -> any TrainableClassifier
  /// Changes the weights; passes that follow use the new ones.
  func updateParameters<R>(_ body: (inout Parameters) throws -> R) rethrows -> R
  /// One pass in training mode over a mini-batch, sharded over workers where the model has several.
  ///
  /// `cotangent` may be called from several threads at once. The result does not depend on the number of threads. Processes
  /// that share a model's work all call this with the same mini-batch, and all get the whole result; each calls `cotangent`
  /// for its own examples alone.
  func trainingPass(
    at images: Tensor<Float>, context: TrainingContext,
    cotangent: @Sendable (_ logits: Tensor<Float>, _ examples: Range<Int>) throws -> Tensor<Float>
  ) throws -> TrainingPass<Float>
}
