public import Hyperparameters
public import Networks

/// One step of the full radius from the clean image along the gradient of the loss.
///
///     x' = clip(x + ε · sign ∇L(x))      L∞, the fast gradient sign method
///     x' = P(x + ε · ∇L(x) / ‖∇L(x)‖₂)   L2, the fast gradient method
///     x' = x + ε along the steepest coordinate that the box lets move, then the next, in L1
///
/// Goodfellow, Shlens and Szegedy, *Explaining and harnessing adversarial examples*, arXiv 1412.6572. Towards a target
/// the loss of the target is descended. The radius is in stored pixel units. Unlike Foolbox, which divides the gradient
/// by its L1 norm, the L1 step is the steepest one; no label is ever taken from a prediction.
public struct FastGradient: Attack {
  /// Name, title and source.
  public static let method = Method(
    name: "fgsm", title: "Fast gradient method", summary: "One step of the full radius along the gradient.",
    citation: "Goodfellow, Shlens and Szegedy, arXiv 1412.6572")
  /// Those with a steepest step.
  public static let norms: [Norm] = [.linf, .l2, .l1]

  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// The loss.
  public static let hyperparameters: [Hyperparameter<FastGradient>] = [.loss(\.loss)]

  /// The title, with a loss that is not cross-entropy.
  public var title: String { title(with: loss) }

  /// The loss.
  public var ascendedLoss: Loss? { loss }

  /// Cross-entropy, as in the paper.
  public init() {}

  /// An attack with another loss.
  public init(loss: Loss) {
    self.loss = loss
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    let (_, gradient) = try task.gradient(at: task.images, of: loss, model: model)
    var points = task.images
    task.threat.ascend(&points, along: gradient, stepSize: task.threat.radius, around: task.images)
    return points
  }
}
