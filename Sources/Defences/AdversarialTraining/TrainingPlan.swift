public import Networks
public import Training

/// How a network is trained.
public enum TrainingMethod: Sendable {
  /// On images as they are.
  case plain(PlainTraining)
  /// To resist an attacker.
  case defence(Preset)

  /// Epochs, batches, learning rate, and the augmentations that belong to the method.
  var loop: TrainingLoop {
    switch self {
    case .plain(let training): return training.loop
    case .defence(let preset):
      var loop = preset.loop
      loop.augmentations += preset.defence.augmentations
      return loop
    }
  }

  /// The optimiser.
  var optimizer: any Optimizer {
    switch self {
    case .plain(let training): training.optimizer
    case .defence(let preset): preset.optimizer
    }
  }
}

/// Every decision about a run of training, for some images: what is minimised, by which optimiser, in which loop, and
/// how robust accuracy is measured after every epoch.
///
/// The program and the library make one each time they train, so that both train alike.
public struct TrainingPlan: Sendable {
  /// What a method asks for and cannot have, because no robust accuracy is measured.
  public enum Omission: Hashable, Sendable {
    /// The weights of the epoch with the largest robust accuracy: the model ends with those of the last epoch.
    case bestRobustEpoch
    /// The guard against a collapse of robust accuracy.
    case collapseGuard
  }

  /// Epochs, batches, learning rate, and which epoch's weights the model ends with.
  public let loop: TrainingLoop
  /// The optimiser.
  public let optimizer: any Optimizer
  /// What is minimised.
  public let objective: any TrainingObjective
  /// How robust accuracy is measured; nil where it is not.
  public let robustness: RobustValidation?
  /// What the method asks for and the run does without.
  public let omissions: [Omission]
  private let validation: (any TrainingImages)?

  /// Decides.
  ///
  /// - Parameters:
  ///   - method: What to do. A preset is one that `Preset.adapted(to:epochs:)` gave.
  ///   - pixels: The values a pixel may have.
  ///   - sources: The models of ensemble adversarial training, or the teacher of distillation.
  ///   - validation: Images that are not learnt from, to measure the model on after every epoch.
  ///   - attack: What measures robust accuracy on them, where the method has an attacker.
  ///   - keepsSelection: Whether the loop's choice of an epoch stands even where it cannot be made; the run then refuses.
  ///   - seed: That of everything random.
  ///   - workers: Threads of attacks, optimiser and measurements.
  /// - Throws: `TrainingError` where channels have pixel ranges of their own and the method knows one alone, or for too
  ///   many or too few sources; `HyperparameterError` for a value out of its range.
  public init(
    _ method: TrainingMethod, pixels: PixelBox, sources: [any DifferentiableClassifier] = [],
    validation: (any TrainingImages)? = nil, attack: ValidationAttack? = ValidationAttack(),
    keepsSelection: Bool = false, seed: UInt64 = 0, workers: Workers = Workers(count: 1)
  ) throws {
    (optimizer, self.validation) = (method.optimizer, validation)
    (objective, robustness) =
      switch method {
      case .plain(let training): (training.objective, nil)
      case .defence(let preset):
        (
          try preset.defence.objective(bounds: pixels.trainingRange, sources: sources, workers: workers),
          try RobustValidation(
            validation, against: preset.threat, pixels: pixels, by: attack, seed: seed, workers: workers)
        )
      }
    var loop = method.loop
    (loop.seed, loop.workers) = (seed, workers)
    omissions = robustness == nil ? loop.omitRobustness(keepsSelection: keepsSelection) : []
    self.loop = loop
  }

  /// Trains a model, whose weights change in place: see `TrainingLoop.run`.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - training: The images it learns from.
  ///   - state: The state a run was left in, to continue it.
  ///   - checkpoints: Where the state is kept.
  ///   - isCancelled: Asked before every update.
  ///   - observe: Told of every update and epoch; an error it throws ends the run.
  /// - Returns: The record of the run.
  /// - Throws: `TrainingError`; what the model, the checkpoints or the observer throw.
  public func run(
    _ model: some TrainableClassifier, on training: any TrainingImages, continuing state: TrainingState? = nil,
    checkpoints: TrainingCheckpoints? = nil, isCancelled: () -> Bool = { false },
    observe: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> TrainingOutcome {
    var optimizer = optimizer
    return try loop.run(
      model, on: training, validation: validation, objective: objective, optimizer: &optimizer, continuing: state,
      robustAccuracy: robustness.map { measure in { try measure($0) } },
      batchRobustAccuracy: robustness.map { measure in { try measure($0, on: $1) } }, checkpoints: checkpoints,
      isCancelled: isCancelled, observe: observe)
  }

  /// The number of updates of one epoch.
  public func updatesPerEpoch(imageCount: Int) -> Int {
    loop.updatesPerEpoch(of: objective, imageCount: imageCount)
  }
}

extension TrainingLoop {
  /// Drops what takes a measured robust accuracy.
  fileprivate mutating func omitRobustness(keepsSelection: Bool) -> [TrainingPlan.Omission] {
    var omissions: [TrainingPlan.Omission] = []
    if selection == .bestRobust, !keepsSelection {
      selection = .last
      omissions.append(.bestRobustEpoch)
    }
    if largestRobustnessLoss != nil {
      largestRobustnessLoss = nil
      omissions.append(.collapseGuard)
    }
    return omissions
  }
}
