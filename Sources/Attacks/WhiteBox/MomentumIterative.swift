public import Hyperparameters
public import Networks

/// Steps along a sum of gradients: what they agree on is less peculiar to one model, so that the points transfer.
///
///     g ← μ g + ∇L(x) / mean |∇L(x)|;  x ← P(x + α · step(g))
///
/// Dong, Liao, Pang, Su, Zhu, Hu and Li, *Boosting adversarial attacks with momentum*, arXiv 1710.06081, with their values:
/// 10 steps of ε/10 from the image, μ = 1. Step size in stored pixel units. The paper writes the L1 norm of the gradient
/// where its code and torchattacks have the mean absolute value, which makes the same steps. Foolbox sums up signs instead.
public struct MomentumIterative: MomentumAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "mi-fgsm", title: "Momentum iterative method", summary: "Steps along a sum of gradients, made to transfer.",
    citation: "Dong, Liao, Pang, Su, Zhu, Hu and Li, arXiv 1710.06081")
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
  public static let hyperparameters: [Hyperparameter<MomentumIterative>] = [
    .steps, .stepSize, .decay, .earlyStop, .loss(\.loss),
  ]

  /// The paper's.
  static let pathLength: Float = 1

  /// The defaults.
  public init() {}

  /// Momentum of the gradient.
  func direction(of task: AttackTask, model: AttackedModel) -> Momentum<LossGradient> {
    Momentum(of: LossGradient(loss: loss), decay: decay)
  }
}
