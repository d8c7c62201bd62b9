public import Networks
import Synchronization

/// The oracle as an engine: double precision in plain loops. It is slow, shares no code with the fast engine, and so
/// shows what that one computes to whoever doubts it.
public struct ReferenceEngine: Engine {
  /// As it is chosen.
  public static let name = "reference"
  /// Its arithmetic.
  public static let title = "double precision in plain loops"

  /// Creates the engine.
  public init() {}

  /// A `ReferenceClassifier`.
  public func model(of network: Network, parameters: Parameters) throws -> any TrainableClassifier {
    try ReferenceClassifier(network: network, parameters: parameters)
  }
}

/// A network run by the oracle. Images, weights and results are single precision, all that lies between double.
public final class ReferenceClassifier: TrainableClassifier, Sendable {
  /// The structure.
  public let network: Network
  private let state: Mutex<State>

  private struct State {
    var parameters: Parameters
    var model: ReferenceModel
  }

  /// Makes a model.
  ///
  /// - Throws: `NetworkError` where `parameters` are not those of `network`.
  public init(network: Network, parameters: Parameters) throws {
    self.network = network
    state = Mutex(State(parameters: parameters, model: try Self.model(network, parameters)))
  }

  private static func model(_ network: Network, _ parameters: Parameters) throws -> ReferenceModel {
    try ReferenceModel(network: network, parameters: parameters.double)
  }

  /// The shape of one image.
  public var inputShape: Shape { network.inputShape }
  /// The number of logits of one image.
  public var classCount: Int { network.outputShape.count }
  /// Both come from the same sums.
  public var pullbackLogitsAreExact: Bool { true }
  /// The current weights.
  public var parameters: Parameters { state.withLock(\.parameters) }

  /// A model of another network.
  public func model(of network: Network, parameters: Parameters) throws -> any TrainableClassifier {
    try ReferenceClassifier(network: network, parameters: parameters)
  }

  /// Changes the weights, which keep their names and shapes.
  public func updateParameters<R>(_ body: (inout Parameters) throws -> R) rethrows -> R {
    try state.withLock { state in
      defer { state.model.parameters = state.parameters.double }
      return try body(&state.parameters)
    }
  }

  /// The logits of images.
  public func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    try check(images)
    return state.withLock(\.model).logits(of: images.double).float
  }

  /// Logits, and the gradient at the images.
  public func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let logits = try logits(of: images)
    let seed = try cotangent(logits, 0..<images.exampleCount)
    let pass = state.withLock(\.model).pullback(at: images.double, cotangent: seed.double)
    return (logits, pass.inputGradient.float)
  }

  /// One pass in training mode, on the calling thread.
  public func trainingPass(
    at images: Tensor<Float>, context: TrainingContext,
    cotangent: @Sendable (_ logits: Tensor<Float>, _ examples: Range<Int>) throws -> Tensor<Float>
  ) throws -> TrainingPass<Float> {
    try check(images)
    let pass = try state.withLock(\.model).trainingPass(at: images.double, context: context) { logits in
      try cotangent(logits.float, 0..<images.exampleCount).double
    }
    return TrainingPass(
      logits: pass.logits.float, gradients: ParameterSet(pass.gradients.tensors.mapValues(\.float)),
      batchStatistics: ParameterSet(pass.batchStatistics.tensors.mapValues(\.float)))
  }

  private func check(_ images: Tensor<Float>) throws(NetworkError) {
    guard images.shape.rank > 0, images.shape.example == inputShape else {
      throw NetworkError(node: "input", expected: "images of shape N×\(inputShape)", found: "\(images.shape)")
    }
  }
}
