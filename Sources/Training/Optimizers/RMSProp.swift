public import Hyperparameters
public import Networks

/// RMSProp (Tieleman and Hinton, 2012) by PyTorch's formulas:
///
///     g ← gradient + weightDecay · w
///     s ← smoothing · s + (1 − smoothing) · g²
///     d ← g / (√s + epsilon)
///     v ← momentum · v + d
///     w ← w − learningRate · (v, or d without momentum)
public struct RMSProp: Optimizer {
  /// Name, title and source.
  public static let method = Method(
    name: "rmsprop", title: "RMSProp", summary: "Steps over the root of the running mean of squared gradients.",
    citation: "Tieleman and Hinton, 2012")
  /// A learning rate to start with.
  public static let learningRate: Float = 1e-3

  /// The share of the running mean of squared gradients that an update keeps (PyTorch's alpha).
  public var smoothing: Float = 0.99
  /// Keeps the step finite where gradients vanish.
  public var epsilon: Float = 1e-8
  /// The share of the last velocity that is kept; 0 for none.
  public var momentum: Float = 0
  /// The factor of the L2 penalty ½ · weightDecay · ‖w‖².
  public var weightDecay: Float = 0
  /// Velocities and mean squares.
  public var state = OptimizerState()

  /// All of them.
  public static let hyperparameters: [Hyperparameter<RMSProp>] = [
    .number(
      "smoothing", \.smoothing, .from(0, below: 1), "The share of the mean of squared gradients that an update keeps."),
    .epsilon(\.epsilon), .momentum(\.momentum), .weightDecay(\.weightDecay),
  ]

  /// The defaults, before the first update.
  public init() {}

  /// Velocities, where there are any.
  public var hasFirstMoment: Bool { momentum != 0 }

  /// Mean squares.
  public var hasSecondMoment: Bool { true }

  /// Creates an optimiser before its first update.
  public init(
    smoothing: Float = RMSProp().smoothing, epsilon: Float = RMSProp().epsilon, momentum: Float = RMSProp().momentum,
    weightDecay: Float = RMSProp().weightDecay
  ) {
    self.smoothing = smoothing
    self.epsilon = epsilon
    self.momentum = momentum
    self.weightDecay = weightDecay
  }

  /// Takes one step.
  public mutating func update(
    _ parameters: inout Parameters, gradients: Parameters, learningRate: Float, workers: Workers
  ) {
    state.updates += 1
    let (smoothing, epsilon, momentum, decay) = (smoothing, epsilon, momentum, weightDecay)
    forEachParameter(&parameters, gradients: gradients) { key, shape, weights, gradient in
      state.second.tensors[key, default: Tensor(shape: shape)].withUnsafeMutableScalars { square in
        guard momentum != 0 else {
          for i in weights.indices {
            let slope = gradient[i] + decay * weights[i]
            square[i] = smoothing * square[i] + (1 - smoothing) * slope * slope
            weights[i] -= learningRate * slope / (square[i].squareRoot() + epsilon)
          }
          return
        }
        state.first.tensors[key, default: Tensor(shape: shape)].withUnsafeMutableScalars { velocity in
          for i in weights.indices {
            let slope = gradient[i] + decay * weights[i]
            square[i] = smoothing * square[i] + (1 - smoothing) * slope * slope
            velocity[i] = momentum * velocity[i] + slope / (square[i].squareRoot() + epsilon)
            weights[i] -= learningRate * velocity[i]
          }
        }
      }
    }
  }
}
