public import Hyperparameters
public import Networks

/// Projected gradient descent away from what the model says of the image, whatever its label: the inner attack of TRADES.
///
///     x₀ = x + 0.001 · noise;  x' ← P(x' + α · step(∇ KL(softmax f(x) ‖ softmax f(x'))))
///
/// Zhang, Yu, Jiao, Xing, El Ghaoui and Jordan, *Theoretically principled trade-off between robustness and accuracy*,
/// arXiv 1901.08573; TPGD in torchattacks. At x the gradient is zero, hence the normal noise, in stored pixel units as the
/// step size is. 40 steps as for MNIST in the paper, by the rule of `pgd` instead of its ε/30. Towards a target the
/// divergence of the prediction from being sure of the target is descended, which is its cross-entropy. Of several
/// restarts the one with the largest margin counts.
public struct DivergenceProjectedGradient: SteppingAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "pgd-kl", title: "PGD on the divergence", summary: "PGD away from the prediction for the image (TRADES).",
    citation: "Zhang, Yu, Jiao, Xing, El Ghaoui and Jordan, arXiv 1901.08573")
  /// Those with a steepest step.
  public static let norms: [Norm] = [.linf, .l2, .l1]

  /// The number of steps.
  public var steps = 40
  /// The size of a step, or nothing for 2.5 ε over their number.
  public var stepSize: Float?
  /// The standard deviation of the noise at the start.
  public var startNoise: Float = 0.001
  /// The number of runs.
  public var restarts = 1
  /// Whether an example leaves with its first adversarial point.
  public var earlyStop = true

  /// All of them.
  public static let hyperparameters: [Hyperparameter<DivergenceProjectedGradient>] = [
    .steps, .stepSize,
    .number("start-noise", \.startNoise, .above(0), unit: "pixels", "The standard deviation of the start's noise."),
    .restarts(\.restarts), .earlyStop,
  ]

  /// That of `pgd`.
  static let pathLength: Float = 2.5

  /// The defaults.
  public init() {}

  /// What ranks the ends of several runs.
  var loss: Loss { .margin }
  /// That of the method.
  public var title: String { Self.method.title }
  /// No loss of logits and labels.
  public var ascendedLoss: Loss? { nil }
  /// The look at the image.
  var passesBeforeSteps: Int { 1 }

  /// Normal noise on the image.
  func start(of task: AttackTask, restart: Int) -> Tensor<Float> {
    var points = task.images
    let size = points.exampleSize
    points.withUnsafeMutableScalars { points in
      for (row, id) in task.ids.enumerated() {
        var stream = task.random.stream(.randomStart, example: id, step: restart)
        for index in row * size..<(row + 1) * size { points[index] += startNoise * stream.normal() }
      }
    }
    task.threat.project(&points, around: task.images)
    return points
  }

  func direction(of task: AttackTask, model: AttackedModel) throws -> DivergenceGradient {
    guard !task.goal.isTargeted else { return DivergenceGradient(reference: nil) }
    return DivergenceGradient(reference: try task.logits(of: task.images, model: model.queried))
  }
}

/// The gradient of the divergence from the prediction for the image.
struct DivergenceGradient: StepDirection {
  /// The logits of the images; nil towards targets.
  private var reference: Tensor<Float>?

  init(reference: Tensor<Float>?) { self.reference = reference }

  func next(
    at points: Tensor<Float>, of task: AttackTask, step: Int, model: AttackedModel
  ) throws -> (logits: Tensor<Float>, direction: Tensor<Float>) {
    guard let reference else {
      return try LossGradient(loss: .crossEntropy).next(at: points, of: task, step: step, model: model)
    }
    let (logits, gradient) = try model.pullback(at: points, for: task.ids) { logits, rows in
      KullbackLeiblerDivergence()(of: reference.examples(rows), from: logits).gradient
    }
    return (logits, gradient)
  }

  mutating func keep(_ open: [Int]) { reference = reference?.gathering(open) }
}
