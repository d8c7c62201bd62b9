package import Attacks
public import Networks
public import Training

/// An objective in two steps: first adversarial images are found, then the loss is taken there.
///
/// The images are found with the model in inference mode (running statistics, no dropout), whatever a method's first
/// code did: an attack on batch statistics would see the other images of its batch, and its result would depend on
/// them. The loss is taken in training mode. TRADES and MART do the same; the code of fast and free adversarial training
/// attacks in training mode.
public protocol AdversarialObjective: TrainingObjective {
  /// The adversarial images, one for each image of the batch.
  func images(for batch: Minibatch, model: some TrainableClassifier) throws -> Tensor<Float>

  /// The gradient of the mean loss at the adversarial images. An image counts as correct where its adversarial image gets
  /// the label.
  func pass(
    through model: some TrainableClassifier, over batch: Minibatch, at points: Tensor<Float>
  ) throws -> ObjectivePass

  /// The loss at the adversarial images, for methods that minimise nothing else.
  var loss: Loss { get }
}

extension AdversarialObjective {
  /// Cross-entropy.
  public var loss: Loss { .crossEntropy }

  /// Finds the images, then takes the loss.
  public func pass(through model: some TrainableClassifier, over batch: Minibatch) throws -> ObjectivePass {
    try batch.requireUnmixed(for: "adversarial training")
    return try pass(through: model, over: batch, at: try images(for: batch, model: model))
  }

  /// The mean of the loss at the adversarial images alone.
  public func pass(
    through model: some TrainableClassifier, over batch: Minibatch, at points: Tensor<Float>
  ) throws -> ObjectivePass {
    try StandardObjective(loss: loss).pass(through: model, over: batch.replacingImages(points))
  }
}

extension AttackTask {
  /// The untargeted task: every image is to get any class but its label.
  package init(misclassifying examples: LabelledImages, threat: ThreatModel, random: RandomSource) {
    self.init(
      images: examples.images, ids: examples.ids, goal: .misclassify(labels: examples.labels), threat: threat,
      random: random)
  }
}
