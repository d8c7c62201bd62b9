public import Hyperparameters
public import Networks

/// Stochastic gradient descent with momentum and weight decay, by PyTorch's formulas:
///
///     g ← gradient + weightDecay · w
///     v ← momentum · v + g
///     w ← w − learningRate · (v, or g + momentum · v with Nesterov's momentum)
public struct SGD: Optimizer {
  /// Name and title.
  public static let method = Method(
    name: "sgd", title: "Stochastic gradient descent", summary: "Steps along the gradient, with momentum.")
  /// A learning rate to start with.
  public static let learningRate: Float = 0.05

  /// The share of the last velocity that is kept; 0 for none.
  public var momentum: Float = 0.9
  /// Whether the step looks ahead along the velocity (Nesterov).
  public var isNesterov = false
  /// The factor of the L2 penalty ½ · weightDecay · ‖w‖², on every trained parameter.
  public var weightDecay: Float = 0
  /// The velocities.
  public var state = OptimizerState()

  /// All of them.
  public static let hyperparameters: [Hyperparameter<SGD>] = [
    .momentum(\.momentum), .flag("nesterov", \.isNesterov, "Look ahead along the velocity."),
    .weightDecay(\.weightDecay),
  ]

  /// The defaults, before the first update.
  public init() {}

  /// Velocities, where there are any.
  public var hasFirstMoment: Bool { momentum != 0 }

  /// None.
  public var hasSecondMoment: Bool { false }

  /// Creates an optimiser before its first update.
  public init(
    momentum: Float = SGD().momentum, isNesterov: Bool = SGD().isNesterov, weightDecay: Float = SGD().weightDecay
  ) {
    self.momentum = momentum
    self.isNesterov = isNesterov
    self.weightDecay = weightDecay
  }

  /// Takes one step.
  public mutating func update(
    _ parameters: inout Parameters, gradients: Parameters, learningRate: Float, workers: Workers
  ) {
    state.updates += 1
    let (decay, momentum, isNesterov) = (weightDecay, momentum, isNesterov)
    forEachParameter(&parameters, gradients: gradients) { key, shape, weights, gradient in
      guard momentum != 0 else {
        for i in weights.indices { weights[i] -= learningRate * (gradient[i] + decay * weights[i]) }
        return
      }
      state.first.tensors[key, default: Tensor(shape: shape)].withUnsafeMutableScalars { velocity in
        for i in weights.indices {
          let slope = gradient[i] + decay * weights[i]
          velocity[i] = momentum * velocity[i] + slope
          weights[i] -= learningRate * (isNesterov ? slope + momentum * velocity[i] : velocity[i])
        }
      }
    }
  }
}
