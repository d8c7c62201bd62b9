public import Attacks
public import Hyperparameters
public import Networks
public import Training

/// Training on clean images and on the adversarial images of any attack together.
///
///     L = (1 − share) · CE(z(x), y) + share · CE(z(x'), y)
///
/// Goodfellow, Shlens and Szegedy, arXiv 1412.6572, with FGSM and share 0.5; the default of the Adversarial Robustness
/// Toolbox. Both halves go through the model as one batch and share its batch statistics.
///
/// With other models as `sources` this is ensemble adversarial training (Tramèr et al., arXiv 1705.07204): each
/// mini-batch's images are found on one of them or on the model itself, in turn.
public struct MixedTraining: AdversarialObjective, AdversarialDefence {
  /// Name, title and source.
  public static let method = Method(
    name: "mixture", title: "Mixed training",
    summary: "Clean and FGSM images in equal parts: the historic form, weak against PGD.",
    citation: "Goodfellow, Shlens and Szegedy, arXiv 1412.6572")

  /// Finds the adversarial images.
  public var attack: any Attack = FastGradient()
  /// Norm, radius and box.
  public var threat = TrainingThreat()
  /// The weight of the adversarial images.
  public var share: Float = 0.5
  /// Models that were trained before and stay as they are.
  public var sources: [any DifferentiableClassifier] = []
  /// Threads of the attack.
  public var workers = Workers(count: 1)

  /// All of them.
  public static let hyperparameters: [Hyperparameter<MixedTraining>] =
    TrainingThreat.hyperparameters.lifted(to: \.threat) + [
      .number("share", \.share, .from(0, to: 1), "The weight of the adversarial images.")
    ]

  /// The defaults.
  public init() {}

  /// Creates the objective.
  public init(
    attack: any Attack = FastGradient(), threat: TrainingThreat, share: Float = MixedTraining().share,
    sources: [any DifferentiableClassifier] = [], workers: Workers = Workers(count: 1)
  ) {
    self.attack = attack
    self.threat = threat
    self.share = share
    self.sources = sources
    self.workers = workers
  }

  /// Adversarial images, of the model or of the source whose turn it is.
  public func images(for batch: Minibatch, model: some TrainableClassifier) throws -> Tensor<Float> {
    let turn = batch.context.step % (sources.count + 1)
    let attacked: any DifferentiableClassifier = turn < sources.count ? sources[turn] : model
    let threat = threat.model(atEpoch: batch.epoch)
    return try workers.images(for: batch.examples) { [attack] examples in
      try attack.perturb(
        AttackTask(misclassifying: examples, threat: threat, random: batch.random), model: AttackedModel(attacked))
    }
  }

  /// The loss at the images and their replacements.
  public func pass(
    through model: some TrainableClassifier, over batch: Minibatch, at points: Tensor<Float>
  ) throws -> ObjectivePass {
    let count = batch.examples.count
    let labels = batch.examples.labels + batch.examples.labels
    var context = batch.context
    context.exampleIDs += context.exampleIDs
    let weights = [1 - share, share].map { $0 / Float(count) }
    let pass = try model.trainingPass(
      at: Tensor.concatenating([batch.examples.images, points]), context: context
    ) { logits, rows in
      let gradient = Loss.crossEntropy(logits, labels: Array(labels[rows])).gradient
      return gradient.scalingExamples(by: rows.map { weights[$0 / count] })
    }
    let values = Loss.crossEntropy(pass.logits, labels: labels).values.map(Double.init)
    let adversarialLoss = values[count...].reduce(0, +)
    return ObjectivePass(
      lossSum: Double(1 - share) * values[..<count].reduce(0, +) + Double(share) * adversarialLoss,
      correctCount: zip(pass.logits.argmax(), labels).dropFirst(count).count { $0 == $1 },
      gradients: pass.gradients, batchStatistics: pass.batchStatistics)
  }
}

extension Tensor<Float> {
  /// Each example times its factor.
  func scalingExamples(by factors: [Float]) -> Tensor {
    var result = self
    let size = exampleSize
    result.withUnsafeMutableScalars { scalars in
      for (row, factor) in factors.enumerated() {
        for index in row * size..<(row + 1) * size { scalars[index] *= factor }
      }
    }
    return result
  }
}
