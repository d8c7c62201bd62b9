import Glibc
public import Hyperparameters
public import Networks

/// Adam with Nesterov's momentum (Dozat 2016) by PyTorch's formulas, after t updates:
///
///     μₜ = beta1 · (1 − ½ · 0.96^(t · momentumDecay)),  Mₜ = μ₁ · … · μₜ
///     m ← beta1 · m + (1 − beta1) · g
///     v ← beta2 · v + (1 − beta2) · g²
///     w ← w − learningRate · ((1 − μₜ) g / (1 − Mₜ) + μₜ₊₁ m / (1 − Mₜ₊₁)) / (√(v / (1 − beta2ᵗ)) + epsilon)
public struct Nadam: Optimizer {
  /// Name, title and source.
  public static let method = Method(
    name: "nadam", title: "Nadam", summary: "Adam with Nesterov's momentum.", citation: "Dozat, ICLR 2016 workshop")
  /// A learning rate to start with.
  public static let learningRate: Float = 2e-3

  /// The share of the running mean of gradients that an update keeps, once the momentum has risen to it.
  public var beta1: Float = 0.9
  /// The share of the running mean of squared gradients that an update keeps.
  public var beta2: Float = 0.999
  /// Keeps the step finite where gradients vanish.
  public var epsilon: Float = 1e-8
  /// The factor of the L2 penalty ½ · weightDecay · ‖w‖².
  public var weightDecay: Float = 0
  /// How fast the momentum approaches beta1.
  public var momentumDecay: Float = 4e-3
  /// The running means.
  public var state = OptimizerState()
  /// Mₜ: found again from t where an optimiser is resumed.
  private var product = (updates: 0, value: 1.0)

  /// All of them.
  public static let hyperparameters: [Hyperparameter<Nadam>] = [
    .beta1(\.beta1), .beta2(\.beta2), .epsilon(\.epsilon), .weightDecay(\.weightDecay),
    .number("momentum-decay", \.momentumDecay, .from(0, to: 1), "How fast the momentum approaches beta1."),
  ]

  /// The defaults, before the first update.
  public init() {}

  /// Means of gradients.
  public var hasFirstMoment: Bool { true }

  /// Means of squares.
  public var hasSecondMoment: Bool { true }

  /// Creates an optimiser before its first update.
  public init(
    beta1: Float = Nadam().beta1, beta2: Float = Nadam().beta2, epsilon: Float = Nadam().epsilon,
    weightDecay: Float = Nadam().weightDecay, momentumDecay: Float = Nadam().momentumDecay
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.momentumDecay = momentumDecay
  }

  /// Takes one step.
  public mutating func update(
    _ parameters: inout Parameters, gradients: Parameters, learningRate: Float, workers: Workers
  ) {
    state.updates += 1
    advanceProduct()
    let (now, next) = (momentum(at: state.updates), momentum(at: state.updates + 1))
    let gradientShare = Float(Double(learningRate) * (1 - now) / (1 - product.value))
    let meanShare = Float(Double(learningRate) * next / (1 - product.value * next))
    let squareShare = Float(1 / (1 - pow(Double(beta2), Double(state.updates))))
    let (beta1, beta2, epsilon, decay) = (beta1, beta2, epsilon, weightDecay)
    forEachParameter(&parameters, gradients: gradients) { key, shape, weights, gradient in
      state.first.tensors[key, default: Tensor(shape: shape)].withUnsafeMutableScalars { mean in
        state.second.tensors[key, default: Tensor(shape: shape)].withUnsafeMutableScalars { square in
          for i in weights.indices {
            let slope = gradient[i] + decay * weights[i]
            mean[i] += (1 - beta1) * (slope - mean[i])
            square[i] = beta2 * square[i] + (1 - beta2) * slope * slope
            let size = (square[i] * squareShare).squareRoot() + epsilon
            weights[i] -= (gradientShare * slope + meanShare * mean[i]) / size
          }
        }
      }
    }
  }

  private func momentum(at update: Int) -> Double {
    Double(beta1) * (1 - 0.5 * pow(0.96, Double(update) * Double(momentumDecay)))
  }

  private mutating func advanceProduct() {
    if product.updates >= state.updates { product = (0, 1) }
    for update in product.updates + 1...state.updates { product.value *= momentum(at: update) }
    product.updates = state.updates
  }
}
