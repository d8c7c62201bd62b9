public import Hyperparameters
public import Networks
public import Training

/// Adversarial logit pairing: cross-entropy of clean and adversarial images, and a penalty on the difference of their
/// logits.
///
///     L = ½ CE(z, y) + ½ CE(z', y) + weight · mean over classes of (z − z')²
///
/// Kannan, Kurakin and Goodfellow, *Adversarial logit pairing*, arXiv 1803.06373, as in the authors' code, with weight
/// 0.5. Its robustness on ImageNet did not hold (Engstrom, Ilyas and Athalye, arXiv 1807.10272).
public struct LogitPairing: ProjectedGradientDefence {
  /// Name, title and source.
  public static let method = Method(
    name: "alp", title: "Adversarial logit pairing",
    summary: "A penalty on the difference between logits of clean and adversarial images.",
    citation: "Kannan, Kurakin and Goodfellow, arXiv 1803.06373")

  /// Finds the adversarial images.
  public var attack = ProjectedGradientTraining()
  /// The weight of the squared difference.
  public var weight: Float = 0.5

  /// All of them.
  public static let hyperparameters: [Hyperparameter<LogitPairing>] =
    ProjectedGradientTraining.attack.lifted(to: \.attack) + [.penalty(\.weight)]
    + WeightPerturbationSize.hyperparameters.lifted(to: \.attack.perturbation)

  /// The defaults.
  public init() {}

  /// Creates the objective.
  public init(attack: ProjectedGradientTraining, weight: Float = LogitPairing().weight) {
    self.attack = attack
    self.weight = weight
  }

  /// Adversarial images.
  public func images(for batch: Minibatch, model: some TrainableClassifier) throws -> Tensor<Float> {
    try attack.images(for: batch, model: model)
  }

  /// The loss at the images and their replacements.
  public func pass(
    through model: some TrainableClassifier, over batch: Minibatch, at points: Tensor<Float>
  ) throws -> ObjectivePass {
    try model.pairedPass(over: batch, at: points) { [weight] clean, adversarial, labels in
      let (own, other) = (
        Loss.crossEntropy(clean, labels: labels), Loss.crossEntropy(adversarial, labels: labels)
      )
      let difference = clean.adding(adversarial, times: -1)
      let classes = difference.exampleSize
      let squares = labels.indices.map { row in
        difference.scalars[row * classes..<(row + 1) * classes].reduce(0.0) { $0 + Double($1) * Double($1) }
      }
      let slope = 2 * weight / Float(classes)
      return PairedLoss(
        values: labels.indices.map {
          0.5 * Double(own.values[$0] + other.values[$0]) + Double(weight) * squares[$0] / Double(classes)
        },
        clean: own.gradient.scaled(by: 0.5).adding(difference, times: slope),
        adversarial: other.gradient.scaled(by: 0.5).adding(difference, times: -slope))
    }
  }
}
