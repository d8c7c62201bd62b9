import Attacks
public import Hyperparameters
public import Networks
public import Training

/// Adversarial images from one step, longer than the radius, from a random start.
///
///     δ uniform in the ball;  δ ← clip(δ + α sign ∇L(x + δ));  then x + δ into the box
///
/// Wong, Rice and Kolter, *Fast is better than free*, arXiv 2001.03994: α = 1.25 ε. The gradient is that at the noisy
/// point. With too long a step, or in too long a run, the network overfits to this one step, and accuracy under PGD falls
/// to nothing within an epoch: `TrainingLoop.largestRobustnessLoss` guards against it, and `NoisyFastAdversarialTraining`
/// does better without a guard.
public struct FastAdversarialTraining: SteppingDefence, WeightPerturbingDefence {
  /// Name, title and source.
  public static let method = Method(
    name: "fast", title: "Fast adversarial training", summary: "One step of 1.25 radii from a random start.",
    citation: "Wong, Rice and Kolter, arXiv 2001.03994")

  /// Norm, radius and box.
  public var threat = TrainingThreat()
  /// The size of the step at the full radius; `nil` for 1.25 radii.
  public var stepSize: Float?
  /// Whether the random start is put into the box (the paper's code for CIFAR-10) or may leave it (for MNIST).
  public var clipsStart = false
  /// The loss that the weights minimise.
  public var loss: Loss = .crossEntropy
  /// The adversarial weight perturbation.
  public var perturbation = WeightPerturbationSize()
  /// Threads of the attack.
  public var workers = Workers(count: 1)

  /// All of them.
  public static let hyperparameters: [Hyperparameter<FastAdversarialTraining>] =
    TrainingThreat.hyperparameters.lifted(to: \.threat) + [
      .stepSize(\.stepSize, standard: "1.25 eps"),
      .flag("clips-start", \.clipsStart, "Put the random start into the pixel range."),
      WeightPerturbationSize.length.lifted(to: \.perturbation), .labelSmoothing(\.loss),
    ]

  /// The defaults.
  public init() {}

  /// Creates the objective.
  public init(
    threat: TrainingThreat, stepSize: Float? = nil, clipsStart: Bool = FastAdversarialTraining().clipsStart,
    loss: Loss = .crossEntropy, workers: Workers = Workers(count: 1)
  ) {
    self.threat = threat
    self.stepSize = stepSize
    self.clipsStart = clipsStart
    self.loss = loss
    self.workers = workers
  }

  /// Adversarial images.
  public func images(for batch: Minibatch, model: some TrainableClassifier) throws -> Tensor<Float> {
    let size = (stepSize ?? 1.25 * threat.radius) * threat.share(atEpoch: batch.epoch)
    let threat = threat.model(atEpoch: batch.epoch)
    let start =
      clipsStart
      ? threat : ThreatModel(norm: threat.norm, radius: threat.radius, bounds: -Self.anywhere...Self.anywhere)
    return try workers.images(for: batch.examples) { examples in
      var points = start.randomStart(around: examples.images, ids: examples.ids, restart: 0, source: batch.random)
      let gradient = try model.lossGradient(at: points, labels: examples.labels)
      threat.ascend(&points, along: gradient, stepSize: size, around: examples.images)
      return points
    }
  }

  private static let anywhere: Float = 1e6
}

extension DifferentiableClassifier {
  /// The gradient of the summed cross-entropy with respect to images, in inference mode.
  func lossGradient(at images: Tensor<Float>, labels: [Int]) throws -> Tensor<Float> {
    try pullback(at: images) { logits, rows in
      Loss.crossEntropy(logits, labels: Array(labels[rows])).gradient
    }.gradient
  }
}
