public import Hyperparameters
public import Networks
public import Training

/// Cross-entropy of clean images, and a penalty on predictions that change within the ball: clean accuracy is traded for
/// robustness.
///
///     L = CE(z(x), y) + beta · KL(p(x) ‖ p(x')),   x' from ascent of KL(p(x) ‖ p(x'))
///
/// Zhang et al., *Theoretically principled trade-off between robustness and accuracy*, arXiv 1901.08573. The attack
/// starts at x + 0.001 · N(0, 1) and ascends the divergence, not the cross-entropy; the gradient flows through both
/// arguments of the divergence.
public struct Trades: SteppingDefence, WeightPerturbingDefence {
  /// Name, title and source.
  public static let method = Method(
    name: "trades", title: "TRADES",
    summary: "Cross-entropy, and the divergence between predictions of clean and adversarial images.",
    citation: "Zhang, Yu, Jiao, Xing, El Ghaoui and Jordan, arXiv 1901.08573")

  /// Norm, radius and box.
  public var threat = TrainingThreat()
  /// The number of steps.
  public var steps = 40
  /// The size of a step at the full radius; `nil` for 2.5 radii over the number of steps.
  public var stepSize: Float?
  /// The weight of the divergence; 1 for MNIST and 6 for CIFAR-10 in the paper.
  public var beta: Float = 1
  /// The adversarial weight perturbation.
  public var perturbation = WeightPerturbationSize()
  /// Threads of the attack.
  public var workers = Workers(count: 1)

  /// All of them.
  public static let hyperparameters: [Hyperparameter<Trades>] =
    TrainingThreat.hyperparameters.lifted(to: \.threat)
    + [.steps(\.steps), .stepSize(\.stepSize, standard: "2.5 eps/steps"), .beta(\.beta)]
    + WeightPerturbationSize.hyperparameters.lifted(to: \.perturbation)

  /// The defaults.
  public init() {}

  /// Creates the objective.
  public init(
    threat: TrainingThreat = TrainingThreat(), beta: Float = Trades().beta, steps: Int = Trades().steps,
    stepSize: Float? = nil, perturbation: WeightPerturbationSize = WeightPerturbationSize(),
    workers: Workers = Workers(count: 1)
  ) {
    self.perturbation = perturbation
    self.threat = threat
    self.beta = beta
    self.steps = steps
    self.stepSize = stepSize
    self.workers = workers
  }

  /// The deviation of the noise the attack starts with.
  private static let startingNoise: Float = 1e-3

  /// Images whose predictions are far from those of the clean ones.
  public func images(for batch: Minibatch, model: some TrainableClassifier) throws -> Tensor<Float> {
    let size = (stepSize ?? threat.radius / Float(steps) * 2.5) * threat.share(atEpoch: batch.epoch)
    let (threat, random) = (threat.model(atEpoch: batch.epoch), batch.random)
    return try workers.images(for: batch.examples) { [steps] examples in
      let reference = try model.logits(of: examples.images)
      var points = examples.images.withNoise(
        deviation: Self.startingNoise, ids: examples.ids, random: random)
      for _ in 0..<steps {
        let (_, gradient) = try model.pullback(at: points) { logits, rows in
          KullbackLeiblerDivergence()(of: reference.examples(rows), from: logits).gradient
        }
        threat.ascend(&points, along: gradient, stepSize: size, around: examples.images)
      }
      return points
    }
  }

  /// The loss at the images and their replacements.
  public func pass(
    through model: some TrainableClassifier, over batch: Minibatch, at points: Tensor<Float>
  ) throws -> ObjectivePass {
    try model.pairedPass(over: batch, at: points) { [beta] clean, adversarial, labels in
      let own = Loss.crossEntropy(clean, labels: labels)
      let divergence = KullbackLeiblerDivergence()(of: clean, from: adversarial)
      return PairedLoss(
        values: zip(own.values, divergence.values).map { Double($0) + Double(beta * $1) },
        clean: own.gradient.adding(divergence.referenceGradient, times: beta),
        adversarial: divergence.gradient.scaled(by: beta))
    }
  }
}

extension Tensor<Float> {
  /// Normal noise on every scalar, keyed by the examples' ids, not clipped.
  func withNoise(deviation: Float, ids: [Int], random: RandomSource) -> Tensor {
    var result = self
    let size = exampleSize
    result.withUnsafeMutableScalars { scalars in
      for (row, id) in ids.enumerated() {
        var stream = random.stream(.noise, example: id)
        for index in row * size..<(row + 1) * size { scalars[index] += deviation * stream.normal() }
      }
    }
    return result
  }
}
