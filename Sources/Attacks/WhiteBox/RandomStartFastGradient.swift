public import Hyperparameters
public import Networks

/// One step along the gradient from a random point of the ball: the attack of fast adversarial training.
///
///     x₀ uniform in the ball;  x' = P(x₀ + α · step(∇L(x₀))),  α = 1.25 ε
///
/// Wong, Rice and Kolter, *Fast is better than free: revisiting adversarial training*, arXiv 2001.03994; FFGSM in
/// torchattacks. Step size in stored pixel units. The start is clipped to the pixel range; the paper's trainer for MNIST
/// does not. `r-fgsm` is the older attack of Tramèr et al.
public struct RandomStartFastGradient: Attack {
  /// Name, title and source.
  public static let method = Method(
    name: "ffgsm", title: "Fast gradient method from a random start",
    summary: "One step from a random point of the ball.", citation: "Wong, Rice and Kolter, arXiv 2001.03994")
  /// Those with a steepest step.
  public static let norms: [Norm] = [.linf, .l2, .l1]

  /// The size of the step, or nothing for 1.25 ε.
  public var stepSize: Float?
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<RandomStartFastGradient>] = [
    .number("step-size", \.stepSize, .above(0), unit: "pixels", standard: "1.25 eps", "The length of a step."),
    .loss(\.loss),
  ]

  /// The title, with a loss that is not cross-entropy.
  public var title: String { title(with: loss) }

  /// The loss.
  public var ascendedLoss: Loss? { loss }

  /// The defaults.
  public init() {}

  /// The step size filled in, but in a ball without extent.
  public func resolved(for threat: ThreatModel) -> RandomStartFastGradient {
    var attack = self
    if threat.radius > 0 { attack.stepSize = stepSize ?? 1.25 * threat.radius }
    return attack
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    var points = task.randomStart(restart: 0)
    let (_, gradient) = try task.gradient(at: points, of: loss, model: model)
    task.threat.ascend(
      &points, along: gradient, stepSize: stepSize ?? 1.25 * task.threat.radius, around: task.images)
    return points
  }
}
