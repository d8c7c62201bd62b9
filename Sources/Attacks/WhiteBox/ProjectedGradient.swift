public import Hyperparameters
public import Networks

/// Steepest ascent of the loss, each step projected back onto ball and box.
///
///     x₀ uniform in the ball;  x ← P(x + α · step(∇L(x)))
///
/// Madry, Makelov, Schmidt, Tsipras and Vladu, *Towards deep learning models resistant to adversarial attacks*,
/// arXiv 1706.06083. Radius and step size are in stored pixel units. The projection is the exact one onto ball and box
/// together, and the L1 step moves single coordinates; common libraries rescale and clip, and spread the step.
///
/// An example broken by any restart stays broken; of one that no restart breaks the final point with the largest loss
/// is returned. The last point counts as every other.
public struct ProjectedGradient: SteppingAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "pgd", title: "Projected gradient descent",
    summary: "Steps along the gradient, each projected back onto ball and box.",
    citation: "Madry, Makelov, Schmidt, Tsipras and Vladu, arXiv 1706.06083")
  /// Those with a steepest step.
  public static let norms: [Norm] = [.linf, .l2, .l1]

  /// The number of steps; 40 as for MNIST in the paper and in Foolbox.
  public var steps = 40
  /// The size of a step, or nothing for a default that depends on norm, radius and steps; see `stepSize(for:)`.
  public var stepSize: Float?
  /// Whether the first run starts at a random point of the ball rather than at the image. Later ones always do.
  public var randomStart = true
  /// The number of runs.
  public var restarts = 1
  /// Whether an example leaves with its first adversarial point. If not, every run makes all steps on all examples and
  /// yields its last point, as in most other libraries.
  public var earlyStop = true
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<ProjectedGradient>] = [
    .steps, .stepSize, .restarts(\.restarts), .randomStart(\.randomStart), .earlyStop, .loss(\.loss),
  ]

  /// That of the paper's authors; see `stepSize(for:)`.
  static let pathLength: Float = 2.5

  /// 40 steps from a random start.
  public init() {}

  /// Creates an attack.
  public init(
    steps: Int = ProjectedGradient().steps, stepSize: Float? = nil,
    randomStart: Bool = ProjectedGradient().randomStart, restarts: Int = ProjectedGradient().restarts,
    earlyStop: Bool = ProjectedGradient().earlyStop, loss: Loss = ProjectedGradient().loss
  ) {
    self.steps = steps
    self.stepSize = stepSize
    self.randomStart = randomStart
    self.restarts = restarts
    self.earlyStop = earlyStop
    self.loss = loss
  }

  /// The size of a step.
  ///
  /// By default 2.5 ε over the number of steps, in every norm: the rule of the paper's authors (MadryLab/robustness), which
  /// lets every point of the ball reach every other. Foolbox' default for L∞, 40 steps of ε/30, does not: on a nearly
  /// linear model it may, from a random start, fall short of one step of FGSM, and on the digits that ship with the lab it
  /// leaves 8 points more of robust accuracy standing. It is asked for by a step size of ε/30.
  public func stepSize(for threat: ThreatModel) -> Float {
    resolvedStepSize(for: threat)
  }

  /// Where a run begins.
  func start(of task: AttackTask, restart: Int) -> Tensor<Float> {
    task.randomStart(restart: restart, unlessFirst: !randomStart)
  }

  /// The gradient of the loss.
  func direction(of task: AttackTask, model: AttackedModel) -> LossGradient { LossGradient(loss: loss) }
}
