public import Networks

/// What one update learns from: the plain loss, or that of adversarial images, bounds or noise. Defences that train
/// conform to this and leave the loop as it is.
public protocol TrainingObjective: Sendable {
  /// The gradient of the mean loss of a mini-batch with respect to the weights, found without changing the model.
  func pass(through model: some TrainableClassifier, over batch: Minibatch) throws -> ObjectivePass
}

/// The images of one update, and where in the run it stands.
public struct Minibatch: Sendable {
  /// The images with labels and ids.
  public let examples: LabelledImages
  /// What randomness is keyed by.
  public let context: TrainingContext
  /// Epochs so far, with fractions, for ramps.
  public let epoch: Double
  /// Epochs in all.
  public let epochs: Int

  /// Creates a mini-batch.
  public init(examples: LabelledImages, context: TrainingContext, epoch: Double, epochs: Int) {
    self.examples = examples
    self.context = context
    self.epoch = epoch
    self.epochs = epochs
  }
}

/// What one mini-batch gives.
public struct ObjectivePass: Sendable {
  /// The sum of the losses of the batch.
  public var lossSum: Double
  /// How many images got their label.
  public var correctCount: Int
  /// The gradient of the mean loss.
  public var gradients: Parameters
  /// For the running statistics of batch normalisations.
  public var batchStatistics: Parameters

  /// Creates the result of a pass.
  public init(lossSum: Double, correctCount: Int, gradients: Parameters, batchStatistics: Parameters) {
    self.lossSum = lossSum
    self.correctCount = correctCount
    self.gradients = gradients
    self.batchStatistics = batchStatistics
  }
}

/// Plain training: the mean of a loss over the images as they are.
public struct StandardObjective: TrainingObjective, Hashable {
  /// The loss; cross-entropy unless there is a reason.
  public var loss: Loss

  /// Creates the objective.
  public init(loss: Loss = .crossEntropy) {
    self.loss = loss
  }

  /// One pass over the images.
  public func pass(through model: some TrainableClassifier, over batch: Minibatch) throws -> ObjectivePass {
    let labels = batch.examples.labels
    let share = 1 / Float(labels.count)
    let pass = try model.trainingPass(at: batch.examples.images, context: batch.context) { [loss] logits, examples in
      var cotangent = loss(logits, labels: Array(labels[examples])).gradient
      cotangent.withUnsafeMutableScalars { scalars in
        for i in scalars.indices { scalars[i] *= share }
      }
      return cotangent
    }
    return ObjectivePass(
      lossSum: loss(pass.logits, labels: labels).values.reduce(0) { $0 + Double($1) },
      correctCount: zip(pass.logits.argmax(), labels).count { $0 == $1 }, gradients: pass.gradients,
      batchStatistics: pass.batchStatistics)
  }
}
