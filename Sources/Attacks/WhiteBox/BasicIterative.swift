public import Hyperparameters
public import Networks

/// FGSM in small steps from the image: projected gradient descent without a random start.
///
///     x₀ = x;  x ← P(x + α · step(∇L(x)))
///
/// Kurakin, Goodfellow and Bengio, *Adversarial examples in the physical world*, arXiv 1607.02533. Radius and step size are
/// in stored pixel units. The paper makes min(ε + 4, 1.25 ε) steps of 1, ε counted in 255ths: at the usual 8/255 that are 10
/// steps of ε/8, and so they are here at every radius. Foolbox makes 10 of ε/5, torchattacks 10 of 2/255 whatever ε is.
public struct BasicIterative: SteppingAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "bim", title: "Basic iterative method", summary: "Steps along the gradient from the image itself.",
    citation: "Kurakin, Goodfellow and Bengio, arXiv 1607.02533")
  /// Those with a steepest step.
  public static let norms: [Norm] = [.linf, .l2, .l1]

  /// The number of steps.
  public var steps = 10
  /// The size of a step, or nothing for 1.25 ε over their number.
  public var stepSize: Float?
  /// Whether an example leaves with its first adversarial point.
  public var earlyStop = true
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<BasicIterative>] = [
    .steps, .stepSize, .earlyStop, .loss(\.loss),
  ]

  /// The paper's.
  static let pathLength: Float = 1.25

  /// The defaults.
  public init() {}

  /// The gradient of the loss.
  func direction(of task: AttackTask, model: AttackedModel) -> LossGradient { LossGradient(loss: loss) }
}
