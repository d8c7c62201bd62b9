/// One epoch of a run.
public struct EpochRecord: Hashable, Sendable, Codable {
  /// Counted from 1.
  public var epoch: Int
  /// Mean loss of the epoch's images, each at the moment it was trained on.
  public var trainingLoss: Double
  /// Share of the epoch's images that got their label, each at the moment it was trained on.
  public var trainingAccuracy: Double
  /// Share of the validation images that get their label at the end of the epoch.
  public var validationAccuracy: Double?
  /// Accuracy under attack at the end of the epoch, where it is measured.
  public var robustAccuracy: Double?
  /// The learning rate of the epoch's first update.
  public var learningRate: Float
  /// Wall time, validation included.
  public var seconds: Double

  /// Creates a record.
  public init(
    epoch: Int, trainingLoss: Double, trainingAccuracy: Double, validationAccuracy: Double?,
    robustAccuracy: Double? = nil, learningRate: Float, seconds: Double
  ) {
    self.epoch = epoch
    self.trainingLoss = trainingLoss
    self.trainingAccuracy = trainingAccuracy
    self.validationAccuracy = validationAccuracy
    self.robustAccuracy = robustAccuracy
    self.learningRate = learningRate
    self.seconds = seconds
  }

  private enum CodingKeys: String, CodingKey {
    case epoch, seconds
    case trainingLoss = "training_loss"
    case trainingAccuracy = "training_accuracy"
    case validationAccuracy = "validation_accuracy"
    case robustAccuracy = "robust_accuracy"
    case learningRate = "learning_rate"
  }
}

/// Progress of a run, for its observer.
public enum TrainingEvent: Sendable {
  /// An update was made: how many of this epoch's updates are done, and the mean loss of its batch.
  case update(epoch: Int, done: Int, of: Int, loss: Double)
  /// An epoch is over.
  case epoch(EpochRecord)
}

/// How a run ended.
public struct TrainingOutcome: Sendable {
  /// The epochs that were completed, in this run and before it was continued.
  public var epochs: [EpochRecord]
  /// Whether the run was completed. Where it was cancelled, the model has the weights of the last update.
  public var isComplete: Bool
  /// The epoch whose weights the model has now, where the best one was asked for and there is one.
  public var bestEpoch: Int?
  /// When robust accuracy collapsed, which ended the run; the model has the weights of before, or those of the best epoch.
  public var collapse: Collapse?
  /// Names what was no longer finite, which ended the run; the model has the weights of the last epoch that was completed, or
  /// those of the best one.
  public var divergence: TrainingError?
}

/// Why training cannot start or go on.
public enum TrainingError: Error, Hashable, CustomStringConvertible {
  /// A setting or a dataset that does not fit.
  case invalidSetting(String, expected: String, found: String)
  /// The loss, a gradient, a weight or an output is no longer a number. The model has the weights it began with.
  case diverged(quantity: String, epoch: Int, update: Int, learningRate: Float)

  /// Whether something was no longer finite.
  public var isDivergence: Bool {
    if case .diverged = self { true } else { false }
  }

  /// What happened and what to try.
  public var description: String {
    switch self {
    case .invalidSetting(let name, let expected, let found):
      "Training: \(name): expected \(expected), found \(found)."
    case .diverged(let quantity, let epoch, let update, let learningRate):
      "Training diverged: \(quantity) is not finite in epoch \(epoch), update \(update), at learning rate "
        + "\(learningRate). Try a tenth of the learning rate, and check that pixels are scaled to about 0...1."
    }
  }
}
