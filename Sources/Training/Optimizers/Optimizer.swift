public import Hyperparameters
public import Networks

/// A rule that turns gradients into changes of the weights. A value: copying it copies its state. What is no
/// hyper-parameter has PyTorch's default.
public protocol Optimizer: Configurable {
  /// A learning rate to start with.
  static var learningRate: Float { get }

  /// Whether it remembers velocities, or means of gradients.
  var hasFirstMoment: Bool { get }

  /// Whether it remembers means of squared gradients.
  var hasSecondMoment: Bool { get }

  /// Threads that share out the scalars, where they are worth it. They change the speed and nothing else.
  var workers: Workers { get set }

  /// What it remembers between updates; saved with a checkpoint and put back to resume.
  var state: OptimizerState { get set }

  /// Changes in place every parameter that has a gradient.
  mutating func update(_ parameters: inout Parameters, gradients: Parameters, learningRate: Float)
}

extension Optimizer {
  /// One thread, whatever is set.
  public var workers: Workers {
    get { Workers(count: 1) }
    set {}
  }

  /// What a record says.
  public var settings: [TrainingSetting] {
    [TrainingSetting("optimizer", .text(Self.method.name))] + recordedSettings
  }
}

extension Hyperparameter {
  /// The share of the last velocity that is kept.
  static func momentum(_ path: any WritableKeyPath<Owner, Float> & Sendable) -> Hyperparameter {
    .number("momentum", path, .from(0, below: 1), "The share of the last velocity that is kept.")
  }

  /// The factor of the weights that makes them smaller.
  static func weightDecay(_ path: any WritableKeyPath<Owner, Float> & Sendable) -> Hyperparameter {
    .number(
      "weight-decay", path, .from(0), "The factor of the weights added to their gradients; for adamw apart from them.")
  }
}

/// What any optimiser remembers.
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
