public import Hyperparameters
public import Networks
public import Training

/// Adversarial images from one step after much noise, not projected onto the ball.
///
///     η uniform in the ball of `noise` radii, x + η into the box;  x' = x + η + α sign ∇L(x + η), into the box
///
/// De Jorge, Bibi, Volpi, Sanyal, Torr, Rogez and Dokania, *Make some noise: reliable and efficient single-step
/// adversarial training*, arXiv 2202.01181: noise of two radii and α = ε. As in the authors' code the noisy image is put
/// into the box before the gradient is taken, and nothing is clipped to the ball, so that an image may move by
/// `noise` · ε + α. So much noise keeps the network from overfitting to the one step.
public struct NoisyFastAdversarialTraining: SteppingDefence, WeightPerturbingDefence {
  /// Name, title and source.
  public static let method = Method(
    name: "n-fgsm", title: "Noise-FGSM", summary: "One step from a start with much noise, not clipped.",
    citation: "de Jorge, Bibi, Volpi, Sanyal, Torr, Rogez and Dokania, arXiv 2202.01181")

  /// Norm, radius and box.
  public var threat = TrainingThreat()
  /// The radius of the noise, in radii of the threat.
  public var noise: Float = 2
  /// The size of the step at the full radius; `nil` for the radius.
  public var stepSize: Float?
  /// The loss that the weights minimise.
  public var loss: Loss = .crossEntropy
  /// The adversarial weight perturbation.
  public var perturbation = WeightPerturbationSize()
  /// Threads of the gradient.
  public var workers = Workers(count: 1)

  /// All of them.
  public static let hyperparameters: [Hyperparameter<NoisyFastAdversarialTraining>] =
    TrainingThreat.hyperparameters.lifted(to: \.threat) + [
      .stepSize(\.stepSize, standard: "eps"),
      .number(
        "noise", \.noise, .from(0, to: 100), unit: "radii",
        "The radius of the noise that it starts from, in radii."),
      WeightPerturbationSize.length.lifted(to: \.perturbation), .labelSmoothing(\.loss),
    ]

  /// The defaults.
  public init() {}

  /// Creates the objective.
  public init(
    threat: TrainingThreat, noise: Float = NoisyFastAdversarialTraining().noise, stepSize: Float? = nil,
    loss: Loss = .crossEntropy, workers: Workers = Workers(count: 1)
  ) {
    self.threat = threat
    self.noise = noise
    self.stepSize = stepSize
    self.loss = loss
    self.workers = workers
  }

  /// Adversarial images.
  public func images(for batch: Minibatch, model: some TrainableClassifier) throws -> Tensor<Float> {
    let size = (stepSize ?? threat.radius) * threat.share(atEpoch: batch.epoch)
    let full = threat.model(atEpoch: batch.epoch)
    let start = ThreatModel(norm: full.norm, radius: noise * full.radius, bounds: full.bounds)
    // A ball twice as large as a step can reach: only the box clips.
    let reach = ThreatModel(norm: full.norm, radius: 2 * (start.radius + size), bounds: full.bounds)
    return try workers.images(for: batch.examples) { examples in
      var points = start.randomStart(around: examples.images, ids: examples.ids, restart: 0, source: batch.random)
      let gradient = try model.lossGradient(at: points, labels: examples.labels)
      reach.ascend(&points, along: gradient, stepSize: size, around: examples.images)
      return points
    }
  }
}
