public import Hyperparameters
public import Networks

/// Projected gradient descent on a model that is random, with the mean of gradients over several looks: expectation over
/// transformation.
///
///     x ← P(x + α · step(mean over draws of ∇L(x)))
///
/// Athalye, Carlini and Wagner, *Obfuscated gradients give a false sense of security*, arXiv 1802.00420, and Athalye, Engstrom,
/// Ilyas and Kwok, arXiv 1707.07397. 20 draws as in AutoAttack's version for random models; torchattacks' EOTPGD has 2. For
/// models that answer at random each time they are asked: a preprocessor of the lab is averaged over anyway, see
/// `--samples`. An example that is broken on average may be right in the next draw, so every step is made unless early
/// stopping is asked for; then the mean of the logits decides. Step size in stored pixel units.
public struct ExpectationProjectedGradient: SteppingAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "eot-pgd", title: "PGD over transformations",
    summary: "PGD with gradients averaged over a model's random draws.",
    citation: "Athalye, Carlini and Wagner, arXiv 1802.00420")
  /// Those with a steepest step.
  public static let norms: [Norm] = [.linf, .l2, .l1]

  /// The number of steps.
  public var steps = 40
  /// The size of a step, or nothing for 2.5 ε over their number.
  public var stepSize: Float?
  /// The gradients over which the mean is taken.
  public var draws = 20
  /// The number of runs.
  public var restarts = 1
  /// Whether the first run starts at a random point of the ball. Later ones always do.
  public var randomStart = true
  /// Whether an example leaves with its first adversarial point.
  public var earlyStop = false
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<ExpectationProjectedGradient>] = [
    .steps, .stepSize,
    .integer("draws", \.draws, in: 1...1_000_000, "Gradients averaged for each step."),
    .restarts(\.restarts), .randomStart(\.randomStart), .earlyStop, .loss(\.loss),
  ]

  /// That of `pgd`.
  static let pathLength: Float = 2.5

  /// The defaults.
  public init() {}

  /// One for each draw.
  var gradientsPerStep: Int { draws }

  func start(of task: AttackTask, restart: Int) -> Tensor<Float> {
    task.randomStart(restart: restart, unlessFirst: !randomStart)
  }

  func direction(of task: AttackTask, model: AttackedModel) -> MeanGradient {
    MeanGradient(gradient: LossGradient(loss: loss), draws: max(1, draws))
  }
}

/// The mean of several gradients at the same points, and that of the logits.
struct MeanGradient: StepDirection {
  let gradient: LossGradient
  let draws: Int

  func next(
    at points: Tensor<Float>, of task: AttackTask, step: Int, model: AttackedModel
  ) throws -> (logits: Tensor<Float>, direction: Tensor<Float>) {
    let share = 1 / Float(draws)
    var (logits, mean) = try gradient.next(at: points, of: task, step: step, model: model)
    guard draws > 1 else { return (logits, mean) }
    (logits, mean) = (logits.scaled(by: share), mean.scaled(by: share))
    for _ in 1..<draws {
      let (more, other) = try gradient.next(at: points, of: task, step: step, model: model)
      logits = logits.moved(along: more, by: share)
      mean = mean.moved(along: other, by: share)
    }
    return (logits, mean)
  }

  func keep(_ open: [Int]) {}
}
