public import Hyperparameters
public import Networks

/// Momentum whose gradient is corrected by how the gradients around the last point differed from the one there.
///
///     g ← μ g + (∇L(x) + v) / mean |∇L(x) + v|;  v ← mean over N draws of ∇L(x + r) − ∇L(x);  x ← P(x + α · step(g))
///
/// Wang and He, *Enhancing the transferability of adversarial attacks through variance tuning*, arXiv 2103.15571 (VMI-FGSM),
/// with their 20 draws r uniform in the ball of radius 3/2 ε, 10 steps of ε/10 and μ = 1; torchattacks draws 5. The points
/// drawn may leave the pixel range, as there. Step size in stored pixel units.
public struct VarianceTuned: MomentumAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "vmi-fgsm", title: "Variance-tuned momentum method",
    summary: "Momentum corrected by gradients around the last point, made to transfer.",
    citation: "Wang and He, arXiv 2103.15571")
  /// Those with a steepest step.
  public static let norms: [Norm] = [.linf, .l2, .l1]

  /// The number of steps.
  public var steps = 10
  /// The size of a step, or nothing for ε over their number.
  public var stepSize: Float?
  /// What is left of the sum of gradients after a step, μ.
  public var decay: Float = 1
  /// The gradients taken around each point, N.
  public var draws = 20
  /// The radius in which they are taken, β, as a multiple of ε.
  public var neighbourhood: Float = 1.5
  /// Whether an example leaves with its first adversarial point.
  public var earlyStop = true
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<VarianceTuned>] = [
    .steps, .stepSize, .decay,
    .integer("draws", \.draws, in: 1...1_000_000, "Gradients around each point."),
    .number("neighbourhood", \.neighbourhood, .above(0), unit: "eps", "The radius in which they are taken."),
    .earlyStop, .loss(\.loss),
  ]

  /// The paper's.
  static let pathLength: Float = 1

  /// The defaults.
  public init() {}

  /// That of the point and those around it.
  var gradientsPerStep: Int { 1 + draws }

  func direction(of task: AttackTask, model: AttackedModel) -> Momentum<TunedGradient> {
    Momentum(
      of: TunedGradient(
        gradient: LossGradient(loss: loss), draws: max(1, draws), radius: neighbourhood * task.threat.radius),
      decay: decay)
  }
}

/// The gradient with the correction of the step before.
struct TunedGradient: StepDirection {
  private let gradient: LossGradient
  private let draws: Int
  private let radius: Float
  private var correction: Tensor<Float>?

  init(gradient: LossGradient, draws: Int, radius: Float) {
    (self.gradient, self.draws, self.radius) = (gradient, draws, radius)
  }

  mutating func next(
    at points: Tensor<Float>, of task: AttackTask, step: Int, model: AttackedModel
  ) throws -> (logits: Tensor<Float>, direction: Tensor<Float>) {
    let (logits, own) = try gradient.next(at: points, of: task, step: step, model: model)
    // Without an edge, so that points at the ends of the pixel range have neighbours on both sides.
    let everywhere = -Float.greatestFiniteMagnitude...Float.greatestFiniteMagnitude
    let neighbours = ThreatModel(norm: task.threat.norm, radius: radius, bounds: everywhere)
    var mean = own.scaled(by: -1)
    for draw in 0..<draws {
      let around = neighbours.randomStart(
        around: points, ids: task.ids, restart: step * draws + draw, source: task.random, purpose: .transformation)
      let found = try gradient.next(at: around, of: task, step: step, model: model).direction
      mean = mean.moved(along: found, by: 1 / Float(draws))
    }
    let tuned = correction.map { own.moved(along: $0, by: 1) } ?? own
    correction = mean
    return (logits, tuned)
  }

  mutating func keep(_ open: [Int]) { correction = correction?.gathering(open) }
}
