public import Hyperparameters
public import Networks

/// A step in a random direction, then one along the gradient: R+FGSM, which gets past a loss that is flat at the image.
///
///     x₀ = x + α · sign(normal noise);  x' = P(x₀ + (ε − α) · sign ∇L(x₀)),  α = ε/2
///
/// Tramèr, Kurakin, Papernot, Goodfellow, Boneh and McDaniel, *Ensemble adversarial training: attacks and defenses*,
/// arXiv 1705.07204. The first step in stored pixel units. torchattacks' RFGSM begins alike and goes on with many steps of one
/// size, which is another attack; for the start that is uniform in the ball see `ffgsm`.
public struct RandomStepFastGradient: Attack {
  /// Name, title and source.
  public static let method = Method(
    name: "r-fgsm", title: "Random step and fast gradient method",
    summary: "A step along random signs, then one along the gradient.",
    citation: "Tramèr, Kurakin, Papernot, Goodfellow, Boneh and McDaniel, arXiv 1705.07204")
  /// Random signs are a point of the cube's surface.
  public static let norms: [Norm] = [.linf]

  /// The size of the random step, or nothing for ε/2.
  public var startStep: Float?
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<RandomStepFastGradient>] = [
    .number(
      "start-step", \.startStep, .above(0), unit: "pixels", standard: "eps/2",
      "The length of the random step; what is left of the radius is that of the other."),
    .loss(\.loss),
  ]

  /// The title, with a loss that is not cross-entropy.
  public var title: String { title(with: loss) }

  /// The loss.
  public var ascendedLoss: Loss? { loss }

  /// The defaults.
  public init() {}

  /// The random step filled in, but in a ball without extent.
  public func resolved(for threat: ThreatModel) -> RandomStepFastGradient {
    var attack = self
    if threat.radius > 0 { attack.startStep = startStep(for: threat) }
    return attack
  }

  /// Never more than the radius.
  private func startStep(for threat: ThreatModel) -> Float { min(startStep ?? threat.radius / 2, threat.radius) }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    var noise = task.images
    let size = noise.exampleSize
    noise.withUnsafeMutableScalars { noise in
      for (row, id) in task.ids.enumerated() {
        var stream = task.random.stream(.randomStart, example: id)
        for index in row * size..<(row + 1) * size { noise[index] = stream.normal() }
      }
    }
    let first = startStep(for: task.threat)
    var points = task.images
    task.threat.ascend(&points, along: noise, stepSize: first, around: task.images)
    let (_, gradient) = try task.gradient(at: points, of: loss, model: model)
    task.threat.ascend(&points, along: gradient, stepSize: task.threat.radius - first, around: task.images)
    return points
  }
}
