/// Training on images as they are, without an attacker.
public struct PlainTraining: Sendable {
  /// What is minimised.
  public var objective = StandardObjective()
  /// The optimiser.
  public var optimizer: any Optimizer = Adam()
  /// Epochs, batches, learning rate and augmentation.
  public var loop = TrainingLoop(
    epochs: 10, batchSize: 64, learningRate: Adam.learningRate, schedule: CosineSchedule())

  /// Adam, batches of 64 images, and a cosine schedule; ten epochs unless a number is given.
  public init(epochs: Int? = nil) {
    if let epochs { loop.epochs = epochs }
  }
}
