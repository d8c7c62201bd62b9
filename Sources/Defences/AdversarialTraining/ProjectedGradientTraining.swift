import Attacks
public import Networks
public import Training

/// Adversarial training: the mean cross-entropy at what projected gradient descent finds, and at nothing else.
///
///     min over w of E[max over ‖δ‖ ≤ ε of L(w, x + δ, y)]
///
/// Madry, Makelov, Schmidt, Tsipras and Vladu, *Towards deep learning models resistant to adversarial attacks*,
/// arXiv 1706.06083. Every step is made on every image, found or not. With a radius that rises this is the curriculum.
public struct ProjectedGradientTraining: AdversarialObjective {
  /// Norm, radius and box.
  public var threat: TrainingThreat
  /// The number of steps.
  public var steps: Int
  /// The size of a step at the full radius; `nil` for the attack's default.
  public var stepSize: Float?
  /// Whether the attack starts at a random point of the ball.
  public var randomStart: Bool
  /// The loss that the weights minimise.
  public var loss: Loss
  /// Threads of the attack.
  public var workers: Workers

  /// Creates the objective.
  public init(
    threat: TrainingThreat, steps: Int = 40, stepSize: Float? = nil, randomStart: Bool = true,
    loss: Loss = .crossEntropy, workers: Workers = Workers(count: 1)
  ) {
    self.threat = threat
    self.steps = steps
    self.stepSize = stepSize
    self.randomStart = randomStart
    self.loss = loss
    self.workers = workers
  }

  /// Adversarial images.
  public func images(for batch: Minibatch, model: some TrainableClassifier) throws -> Tensor<Float> {
    let attack = ProjectedGradient(
      steps: steps, stepSize: stepSize.map { $0 * threat.share(atEpoch: batch.epoch) }, randomStart: randomStart,
      earlyStop: false)
    let budget = threat.model(atEpoch: batch.epoch)
    return try workers.images(for: batch.examples) { examples in
      try attack.perturb(
        AttackTask(
          images: examples.images, ids: examples.ids, goal: .misclassify(labels: examples.labels), threat: budget,
          random: batch.random), model: AttackedModel(model))
    }
  }
}
