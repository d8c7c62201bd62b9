public import Hyperparameters
public import Networks

/// Adam with weight decay apart from the gradient (Loshchilov and Hutter, arXiv 1711.05101): the weights shrink by
/// learningRate · weightDecay before each step, and gradients are as they are.
public struct AdamW: Optimizer {
  /// Name, title and source.
  public static let method = Method(
    name: "adamw", title: "AdamW", summary: "Adam with weight decay apart from the gradient.",
    citation: "Loshchilov and Hutter, arXiv 1711.05101")
  /// That of Adam.
  public static let learningRate = Adam.learningRate

  /// The share of the running mean of gradients that an update keeps.
  public var beta1 = Adam().beta1
  /// The share of the running mean of squared gradients that an update keeps.
  public var beta2 = Adam().beta2
  /// Keeps the step finite where gradients vanish.
  public var epsilon = Adam().epsilon
  /// What weights shrink by in every update, times the learning rate.
  public var weightDecay: Float = 0.01
  /// The running means.
  public var state = OptimizerState()

  /// All of them.
  public static let hyperparameters: [Hyperparameter<AdamW>] = [
    .beta1(\.beta1), .beta2(\.beta2), .epsilon(\.epsilon), .weightDecay(\.weightDecay),
  ]

  /// The defaults, before the first update.
  public init() {}

  /// Creates an optimiser before its first update.
  public init(
    beta1: Float = AdamW().beta1, beta2: Float = AdamW().beta2, epsilon: Float = AdamW().epsilon,
    weightDecay: Float = AdamW().weightDecay
  ) {
    (self.beta1, self.beta2, self.epsilon, self.weightDecay) = (beta1, beta2, epsilon, weightDecay)
  }

  /// Means of gradients.
  public var hasFirstMoment: Bool { true }

  /// Means of squares.
  public var hasSecondMoment: Bool { true }

  /// Takes one step.
  public mutating func update(
    _ parameters: inout Parameters, gradients: Parameters, learningRate: Float, workers: Workers
  ) {
    state.updates += 1
    AdamStep(
      state.updates, beta1: beta1, beta2: beta2, epsilon: epsilon, learningRate: learningRate,
      shrinkage: 1 - learningRate * weightDecay
    ).apply(to: &parameters, gradients: gradients, &state, workers)
  }
}
