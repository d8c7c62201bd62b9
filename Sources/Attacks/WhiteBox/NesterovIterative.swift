public import Hyperparameters
public import Networks

/// Momentum whose gradient is taken where the momentum leads.
///
///     y = x + α μ g;  g ← μ g + ∇L(y) / mean |∇L(y)|;  x ← P(x + α · step(g))
///
/// Lin, Song, He, Wang and Hopcroft, *Nesterov accelerated gradient and scale invariance for adversarial attacks*,
/// arXiv 1908.06281, with the values of MI-FGSM. As in their code and in torchattacks the gradient is divided by its mean
/// absolute value, not by the L1 norm of the paper, with which y would hardly differ from x; and y may leave ball and
/// box. Step size in stored pixel units. Whether an example is broken at x takes a forward pass of its own.
public struct NesterovIterative: MomentumAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "ni-fgsm", title: "Nesterov iterative method", summary: "Momentum with gradients of where it leads.",
    citation: "Lin, Song, He, Wang and Hopcroft, arXiv 1908.06281")
  /// Those with a steepest step.
  public static let norms: [Norm] = [.linf, .l2, .l1]

  /// The number of steps.
  public var steps = 10
  /// The size of a step, or nothing for ε over their number.
  public var stepSize: Float?
  /// What is left of the sum after a step, μ.
  public var decay: Float = 1
  /// Whether an example leaves with its first adversarial point.
  public var earlyStop = true
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<NesterovIterative>] = [
    .steps, .stepSize, .decay, .earlyStop, .loss(\.loss),
  ]

  /// The paper's.
  static let pathLength: Float = 1

  /// The defaults.
  public init() {}

  /// The gradient is that of other points.
  var seesPoints: Bool { false }

  /// Momentum of gradients ahead.
  func direction(of task: AttackTask, model: AttackedModel) -> Momentum<LossGradient> {
    Momentum(of: LossGradient(loss: loss), decay: decay, lookAhead: resolvedStepSize(for: task.threat))
  }
}
