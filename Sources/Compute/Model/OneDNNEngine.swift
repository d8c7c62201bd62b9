public import Networks

/// The fast engine: single precision on the processor, by oneDNN and kernels of the lab's own.
public struct OneDNNEngine: Engine {
  /// As it is chosen.
  public static let name = "onednn"
  /// Its arithmetic.
  public static let title = "single precision, by oneDNN"

  /// Threads of training passes.
  public var workers: Workers
  /// The arithmetic of passes that compute gradients.
  public var gradients: GradientArithmetic

  /// Creates an engine; unless it is told otherwise, with one thread for training and direct arithmetic.
  public init(workers: Workers = Workers(count: 1), gradients: GradientArithmetic = .direct) {
    (self.workers, self.gradients) = (workers, gradients)
  }

  /// A `CompiledModel`.
  public func model(of network: Network, parameters: Parameters) throws -> any TrainableClassifier {
    try CompiledModel(network: network, parameters: parameters, workers: workers, gradients: gradients)
  }
}
