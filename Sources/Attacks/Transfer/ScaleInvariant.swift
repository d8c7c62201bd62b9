import Glibc
public import Hyperparameters
public import Networks

/// Nesterov momentum with gradients averaged over darker copies of the image.
///
///     y = x + α μ g;  ∇ = 1/m Σ gradient of L(y / 2ⁱ) at x, i = 0 … m − 1;  g ← μ g + ∇ / mean |∇|;  x ← P(x + α · step(g))
///
/// Lin, Song, He, Wang and Hopcroft, *Nesterov accelerated gradient and scale invariance for adversarial attacks*,
/// arXiv 1908.06281 (SI-NI-FGSM), m = 5, the rest as in `ni-fgsm`. The gradient at x of the i-th copy has the factor 2⁻ⁱ, as in
/// their code and torchattacks. Pixels are scaled towards the lowest value of their range, which for [0, 1] is the paper's.
/// Step size in stored pixel units. Whether an example is broken at x takes a forward pass of its own.
public struct ScaleInvariant: MomentumAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "si-ni-fgsm", title: "Scale-invariant Nesterov method",
    summary: "Nesterov momentum over darker copies, made to transfer.",
    citation: "Lin, Song, He, Wang and Hopcroft, arXiv 1908.06281")
  /// Those with a steepest step.
  public static let norms: [Norm] = [.linf, .l2, .l1]

  /// The number of steps.
  public var steps = 10
  /// The size of a step, or nothing for ε over their number.
  public var stepSize: Float?
  /// What is left of the sum of gradients after a step, μ.
  public var decay: Float = 1
  /// The number of copies with the image, m.
  public var scales = 5
  /// Whether an example leaves with its first adversarial point.
  public var earlyStop = true
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<ScaleInvariant>] = [
    .steps, .stepSize, .decay,
    .integer(
      "scales", \.scales, in: 1...30, "Copies averaged for each step, each of half the pixel values of the last."),
    .earlyStop, .loss(\.loss),
  ]

  /// The paper's.
  static let pathLength: Float = 1

  /// The defaults.
  public init() {}

  /// The gradient is that of other points.
  var seesPoints: Bool { false }

  /// One for each copy.
  var gradientsPerStep: Int { scales }

  func direction(of task: AttackTask, model: AttackedModel) -> Momentum<ScaledGradient> {
    Momentum(
      of: ScaledGradient(gradient: LossGradient(loss: loss), scales: max(1, scales)), decay: decay,
      lookAhead: resolvedStepSize(for: task.threat))
  }
}

/// The mean of the gradients through several scales.
struct ScaledGradient: StepDirection {
  let gradient: LossGradient
  let scales: Int

  func next(
    at points: Tensor<Float>, of task: AttackTask, step: Int, model: AttackedModel
  ) throws -> (logits: Tensor<Float>, direction: Tensor<Float>) {
    let floor = task.threat.bounds.lowest(of: points.shape)
    var (logits, sum) = try gradient.next(at: points, of: task, step: step, model: model)
    for scale in 1..<max(scales, 1) {
      let factor = exp2(-Float(scale))
      let copies = points.scaled(by: factor).moved(along: floor, by: 1 - factor)
      sum = sum.moved(along: try gradient.next(at: copies, of: task, step: step, model: model).direction, by: factor)
    }
    // The sum is as good as the mean: momentum divides by its size.
    return (logits, sum)
  }

  func keep(_ open: [Int]) {}
}
