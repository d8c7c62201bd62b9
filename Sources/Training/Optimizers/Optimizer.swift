public import Hyperparameters
public import Networks

/// A rule that turns gradients into changes of the weights. A value: copying it copies its state.
/// Hyper-parameters have PyTorch's defaults, but for the momentum of SGD.
public protocol Optimizer: Configurable {
  /// A learning rate to start with.
  static var learningRate: Float { get }

  /// Whether its state has a first moment: velocities, or means of gradients.
  var hasFirstMoment: Bool { get }

  /// Whether its state has a second moment: means of squared gradients.
  var hasSecondMoment: Bool { get }

  /// The moments that it keeps between updates; a checkpoint holds them, and a run that is resumed gets them back.
  var state: OptimizerState { get set }

  /// Changes in place every parameter that has a gradient. Threads may share out the scalars of a parameter; they change
  /// the speed and nothing else.
  mutating func update(
    _ parameters: inout Parameters, gradients: Parameters, learningRate: Float, workers: Workers)
}

extension Optimizer {
  /// The same on one thread.
  public mutating func update(_ parameters: inout Parameters, gradients: Parameters, learningRate: Float) {
    update(&parameters, gradients: gradients, learningRate: learningRate, workers: Workers(count: 1))
  }

  /// The settings for records.
  public var settings: [TrainingSetting] {
    [TrainingSetting("optimizer", .text(Self.method.name))] + recordedSettings
  }
}

extension Hyperparameter {
  /// The share of the last velocity that is kept.
  static func momentum(_ path: any WritableKeyPath<Owner, Float> & Sendable) -> Hyperparameter {
    .number("momentum", path, .from(0, below: 1), "The share of the last velocity that is kept.")
  }

  /// The share of the mean of gradients that is kept.
  static func beta1(_ path: any WritableKeyPath<Owner, Float> & Sendable) -> Hyperparameter {
    .number("beta1", path, .from(0, below: 1), "The share of the mean of gradients that an update keeps.")
  }

  /// The share of the mean of squared gradients that is kept.
  static func beta2(_ path: any WritableKeyPath<Owner, Float> & Sendable) -> Hyperparameter {
    .number("beta2", path, .from(0, below: 1), "The share of the mean of squared gradients that an update keeps.")
  }

  /// What is added to the root of a mean square.
  static func epsilon(_ path: any WritableKeyPath<Owner, Float> & Sendable) -> Hyperparameter {
    .number("epsilon", path, .from(0, to: 1), "Added to the root of the mean of squares: keeps the step finite.")
  }

  /// The factor of weight decay.
  static func weightDecay(_ path: any WritableKeyPath<Owner, Float> & Sendable) -> Hyperparameter {
    .number(
      "weight-decay", path, .from(0), "The factor of the weights added to their gradients; for adamw apart from them.")
  }
}

/// The state of any optimiser.
public struct OptimizerState: Sendable, Equatable {
  /// The number of updates so far.
  public var updates = 0
  /// Velocities, or running means of gradients.
  public var first = Parameters()
  /// Running means of squared gradients.
  public var second = Parameters()
  /// The mean of the weights, where the loop keeps one; see `WeightAveraging`.
  public var average = Parameters()
  /// How many weights went into the mean.
  public var averagedCount = 0

  /// Creates the state of an optimiser that has not seen a gradient.
  public init() {}
}

/// Calls `body` with the weights and the gradient of every parameter that has one.
func forEachParameter(
  _ parameters: inout Parameters, gradients: Parameters,
  _ body: (ParameterKey, Shape, UnsafeMutableBufferPointer<Float>, UnsafeBufferPointer<Float>) -> Void
) {
  for (key, gradient) in gradients.tensors {
    parameters.tensors[key]?.withUnsafeMutableScalars { weights in
      gradient.withUnsafeScalars { gradientScalars in
        precondition(weights.count == gradientScalars.count, "a gradient of another shape for \(key)")
        body(key, gradient.shape, weights, gradientScalars)
      }
    }
  }
}
