public import Networks

/// A rule that turns gradients into changes of the weights. A value: copying it copies its state.
public protocol Optimizer: Sendable {
  /// What it remembers between updates; saved with a checkpoint and put back to resume.
  var state: OptimizerState { get set }

  /// Changes in place every parameter that has a gradient.
  mutating func update(_ parameters: inout Parameters, gradients: Parameters, learningRate: Float)
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
