public import Hyperparameters
public import Networks

/// Adam (Kingma and Ba, arXiv 1412.6980) by PyTorch's formulas, after t updates:
///
///     g ← gradient + weightDecay · w
///     m ← beta1 · m + (1 − beta1) · g
///     v ← beta2 · v + (1 − beta2) · g²
///     w ← w − learningRate · m / (1 − beta1ᵗ) / (√v / √(1 − beta2ᵗ) + epsilon)
public struct Adam: Optimizer {
  /// Name, title and source.
  public static let method = Method(
    name: "adam", title: "Adam", summary: "The mean of gradients over the root of the mean of their squares.",
    citation: "Kingma and Ba, arXiv 1412.6980")
  /// A learning rate to start with.
  public static let learningRate: Float = 1e-3

  /// The share of the running mean of gradients that an update keeps.
  public var beta1: Float = 0.9
  /// The share of the running mean of squared gradients that an update keeps.
  public var beta2: Float = 0.999
  /// Keeps the step finite where gradients vanish.
  public var epsilon: Float = 1e-8
  /// The factor of the L2 penalty ½ · weightDecay · ‖w‖².
  public var weightDecay: Float = 0
  /// The running means.
  public var state = OptimizerState()

  /// All of them.
  public static let hyperparameters: [Hyperparameter<Adam>] = [
    .beta1(\.beta1), .beta2(\.beta2), .epsilon(\.epsilon), .weightDecay(\.weightDecay),
  ]

  /// The defaults, before the first update.
  public init() {}

  /// Means of gradients.
  public var hasFirstMoment: Bool { true }

  /// Means of squares.
  public var hasSecondMoment: Bool { true }

  /// Creates an optimiser before its first update.
  public init(
    beta1: Float = Adam().beta1, beta2: Float = Adam().beta2, epsilon: Float = Adam().epsilon,
    weightDecay: Float = Adam().weightDecay
  ) {
    (self.beta1, self.beta2, self.epsilon, self.weightDecay) = (beta1, beta2, epsilon, weightDecay)
  }

  /// Takes one step.
  public mutating func update(
    _ parameters: inout Parameters, gradients: Parameters, learningRate: Float, workers: Workers
  ) {
    state.updates += 1
    AdamStep(
      state.updates, beta1: beta1, beta2: beta2, epsilon: epsilon, learningRate: learningRate, decay: weightDecay
    ).apply(to: &parameters, gradients: gradients, &state, workers)
  }
}
