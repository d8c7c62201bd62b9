import Glibc
public import Hyperparameters
public import Networks

/// Momentum with smoothed gradients: to first order the mean over shifted images.
///
///     g ← μ g + (W ∗ ∇L(x)) / mean |W ∗ ∇L(x)|;  x ← P(x + α · step(g))
///
/// Dong, Pang, Su and Zhu, *Evading defenses to transferable adversarial examples by translation-invariant attacks*,
/// arXiv 1904.02884. As in their code the kernel W has 15 places a side that span three standard deviations to both ends,
/// outside the image all is zero, μ = 1 and 10 steps of ε/10. torchattacks' TIFGSM has no momentum by default and adds input
/// diversity. The kernel was made for images of 299 pixels: for small ones choose a smaller one, 7 for 28 pixels. Step
/// size in stored pixel units.
public struct TranslationInvariant: MomentumAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "ti-fgsm", title: "Translation-invariant method",
    summary: "Momentum with smoothed gradients, made to transfer.",
    citation: "Dong, Pang, Su and Zhu, arXiv 1904.02884")
  /// Those with a steepest step.
  public static let norms: [Norm] = [.linf, .l2, .l1]

  /// The number of steps.
  public var steps = 10
  /// The size of a step, or nothing for ε over their number.
  public var stepSize: Float?
  /// What is left of the sum of gradients after a step, μ.
  public var decay: Float = 1
  /// The places of the kernel along a side.
  public var kernelSize = 15
  /// The standard deviations from the middle of the kernel to its ends.
  public var kernelSigmas: Float = 3
  /// Whether an example leaves with its first adversarial point.
  public var earlyStop = true
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<TranslationInvariant>] = [
    .steps, .stepSize, .decay,
    .integer(
      "kernel-size", \.kernelSize, in: 1...1001, unit: "pixels", "The sides of the kernel; smaller for small images."),
    .number(
      "kernel-sigmas", \.kernelSigmas, .above(0, to: 100), "Standard deviations from the kernel's middle to its ends."),
    .earlyStop, .loss(\.loss),
  ]

  /// That of the paper's code.
  static let pathLength: Float = 1

  /// The defaults.
  public init() {}

  func direction(of task: AttackTask, model: AttackedModel) throws -> Momentum<SmoothedGradient> {
    let (height, width) = try task.imageSides(for: Self.name)
    let weights = kernel
    let map = SeparableMap(rows: .convolving(width, weights), columns: .convolving(height, weights))
    return Momentum(of: SmoothedGradient(gradient: LossGradient(loss: loss), map: map), decay: decay)
  }

  /// A Gaussian of sum 1.
  private var kernel: [Double] {
    let count = max(1, kernelSize)
    let middle = Double(count - 1) / 2
    let powers = (0..<count).map { place in
      let z = middle > 0 ? (Double(place) - middle) / middle * Double(kernelSigmas) : 0
      return exp(-0.5 * z * z)
    }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}

/// The gradient after a filter.
struct SmoothedGradient: StepDirection {
  let gradient: LossGradient
  let map: SeparableMap

  func next(
    at points: Tensor<Float>, of task: AttackTask, step: Int, model: AttackedModel
  ) throws -> (logits: Tensor<Float>, direction: Tensor<Float>) {
    let (logits, found) = try gradient.next(at: points, of: task, step: step, model: model)
    return (logits, found.finite.mapped(by: Array(repeating: map, count: task.count)))
  }

  func keep(_ open: [Int]) {}
}

extension LineMap {
  /// The sums of the pixels under a window, which begins half its length before the pixel; beyond the ends all is zero.
  static func convolving(_ count: Int, _ weights: [Double]) -> LineMap {
    let center = (weights.count - 1) / 2
    return LineMap((0..<count).map { place in weights.indices.map { (place + $0 - center, weights[$0]) } })
  }
}
