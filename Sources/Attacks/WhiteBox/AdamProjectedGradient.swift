import Glibc
public import Hyperparameters
public import Networks

/// Projected gradient descent with Adam's steps.
///
///     d = sign ∇L(x)  (L2: ∇L / ‖∇L‖₂);  m ← β₁ m + (1 − β₁) d;  v ← β₂ v + (1 − β₂) d²
///     x ← P(x + α · m̂ / (√v̂ + 1e-8)),  m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)
///
/// Kingma and Ba, *Adam: a method for stochastic optimization*, arXiv 1412.6980, in the form of Foolbox'
/// LinfAdamProjectedGradientDescentAttack and its L2 sister: Adam is given the normalised gradient, and the defaults are
/// theirs, 50 steps of ε/40, which from a random start do not reach the other side of the ball: a longer step finds more. Step
/// size in stored pixel units, for each pixel in both norms.
public struct AdamProjectedGradient: SteppingAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "adam-pgd", title: "Projected Adam", summary: "PGD whose steps Adam makes of the gradients so far.",
    citation: "Kingma and Ba, arXiv 1412.6980; Foolbox")
  /// Those in which a step for each pixel is of use.
  public static let norms: [Norm] = [.linf, .l2]

  /// The number of steps.
  public var steps = 50
  /// The size of a step, or nothing for 1.25 ε over their number.
  public var stepSize: Float?
  /// What is left of the mean of gradients after a step, β₁.
  public var beta1: Float = 0.9
  /// What is left of the mean of their squares, β₂.
  public var beta2: Float = 0.999
  /// The number of runs.
  public var restarts = 1
  /// Whether the first run starts at a random point of the ball. Later ones always do.
  public var randomStart = true
  /// Whether an example leaves with its first adversarial point.
  public var earlyStop = true
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<AdamProjectedGradient>] = [
    .steps, .stepSize,
    .number("beta1", \.beta1, .from(0, below: 1), "What is left of the mean of the gradients after each step."),
    .number("beta2", \.beta2, .from(0, below: 1), "What is left of the mean of their squares."),
    .restarts(\.restarts), .randomStart(\.randomStart), .earlyStop, .loss(\.loss),
  ]

  /// Foolbox': 50 steps of 0.025 ε.
  static let pathLength: Float = 1.25

  /// The defaults.
  public init() {}

  func start(of task: AttackTask, restart: Int) -> Tensor<Float> {
    task.randomStart(restart: restart, unlessFirst: !randomStart)
  }

  func direction(of task: AttackTask, model: AttackedModel) -> AdamDirection {
    AdamDirection(
      gradient: LossGradient(loss: loss), norm: task.threat.norm, rates: (Double(beta1), Double(beta2)),
      zeros: Tensor(shape: task.images.shape))
  }

  /// By the direction itself.
  func move(_ points: inout Tensor<Float>, along direction: Tensor<Float>, stepSize: Float, of task: AttackTask) {
    task.displace(&points, by: direction, times: stepSize)
  }
}

/// The step of Adam for the normalised gradient.
struct AdamDirection: StepDirection {
  private let gradient: LossGradient
  private let norm: Norm
  private let rates: (Double, Double)
  private var means: Tensor<Float>
  private var squares: Tensor<Float>
  private var count = 0.0

  init(gradient: LossGradient, norm: Norm, rates: (Double, Double), zeros: Tensor<Float>) {
    (self.gradient, self.norm, self.rates) = (gradient, norm, rates)
    (means, squares) = (zeros, zeros)
  }

  mutating func next(
    at points: Tensor<Float>, of task: AttackTask, step: Int, model: AttackedModel
  ) throws -> (logits: Tensor<Float>, direction: Tensor<Float>) {
    let (logits, found) = try gradient.next(at: points, of: task, step: step, model: model)
    var result = norm == .linf ? found.signs : found.overLength
    count += 1
    let (first, second) = (1 - pow(rates.0, count), 1 - pow(rates.1, count))
    result.withUnsafeMutableScalars { result in
      means.withUnsafeMutableScalars { means in
        squares.withUnsafeMutableScalars { squares in
          for index in result.indices {
            let d = Double(result[index])
            means[index] = Float(rates.0 * Double(means[index]) + (1 - rates.0) * d)
            squares[index] = Float(rates.1 * Double(squares[index]) + (1 - rates.1) * d * d)
            let size = (Double(squares[index]) / second).squareRoot() + 1e-8
            result[index] = Float(Double(means[index]) / first / size)
          }
        }
      }
    }
    return (logits, result)
  }

  mutating func keep(_ open: [Int]) {
    (means, squares) = (means.gathering(open), squares.gathering(open))
  }
}
