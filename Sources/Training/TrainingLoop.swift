import Hyperparameters
public import Networks

/// Mini-batch training: epochs of shuffled batches, one optimiser step each.
///
/// The same settings, data and seed give the same weights, whatever the number of threads and processes.
public struct TrainingLoop: Sendable {
  /// The number of epochs.
  public var epochs: Int
  /// Images per update.
  public var batchSize: Int
  /// What the schedule's factors multiply: the learning rate at the start, or at the peak.
  public var learningRate: Float
  /// The learning-rate schedule.
  public var schedule: any Schedule
  /// The seed of the order of images, of dropout, augmentation and attacks.
  public var seed: UInt64
  /// Which epoch's weights the model ends with.
  public var selection: EpochChoice
  /// Random changes of the training images, one after the other.
  public var augmentations: [any Augmentation] = []
  /// Gradient clipping; nil for none.
  public var gradientClipping: GradientClipping?
  /// The averaging of weights, whose mean is used instead of the last weights; nil for none.
  public var averaging: WeightAveraging?
  /// The fall of robust accuracy within a tenth of an epoch that is taken for catastrophic overfitting: it ends the run,
  /// and the model gets the weights of before (Wong et al., arXiv 2001.03994, stop at a fall of 0.2). Nil for no guard.
  public var largestRobustnessLoss: Double?

  /// Threads of the optimiser and of the measurement after every epoch, and the processes that train together. Those of
  /// the model's passes are the model's own.
  public var workers = Workers(count: 1)

  /// Creates a loop.
  public init(
    epochs: Int, batchSize: Int = 128, learningRate: Float, schedule: any Schedule = ConstantSchedule(),
    seed: UInt64 = 0, selection: EpochChoice = .last
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.learningRate = learningRate
    self.schedule = schedule
    self.seed = seed
    self.selection = selection
  }

  /// Trains a model.
  ///
  /// - Parameters:
  ///   - model: The model; its weights are changed in place.
  ///   - training: The images it learns from.
  ///   - validation: Images to measure it on after every epoch; never learnt from.
  ///   - objective: What it minimises.
  ///   - optimizer: Makes the updates; keeps its state.
  ///   - state: The state of a run that is to be continued; model, optimiser and objective are put into it.
  ///   - robustAccuracy: Attacks the model, on images it does not learn from, after every epoch.
  ///   - batchRobustAccuracy: Attacks the model on the images of an update, for the guard against collapse.
  ///   - checkpoints: Where the state is kept.
  ///   - isCancelled: Asked before every update. Where several processes train together, one that is cancelled ends the
  ///     run of all.
  ///   - observe: Told of every update and epoch; an error it throws ends the run.
  /// - Returns: The record of the run, with the epochs before it was continued. Where something is no longer finite after
  ///   an epoch that was completed, it says so and the model has that epoch's weights, or those of the best one.
  /// - Throws: `TrainingError` where a setting does not fit, or something is no longer finite before an epoch was
  ///   completed: the model then has the weights it began with; what the model, the objective, the checkpoints or the
  ///   observer throw.
  public func run(
    _ model: some TrainableClassifier, on training: any TrainingImages, validation: (any TrainingImages)? = nil,
    objective: some TrainingObjective = StandardObjective(), optimizer: inout some Optimizer,
    continuing state: TrainingState? = nil, robustAccuracy: ((any DifferentiableClassifier) throws -> Double)? = nil,
    batchRobustAccuracy: ((any DifferentiableClassifier, LabelledImages) throws -> Double)? = nil,
    checkpoints: TrainingCheckpoints? = nil, isCancelled: () -> Bool = { false },
    observe: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> TrainingOutcome {
    try check(model, training, validation, measuresRobustness: robustAccuracy != nil)
    let epoch = TrainingEpoch(loop: self, training: training)
    let guardian = try guardian(robustAccuracy, batchRobustAccuracy)
    var course = Course(state)
    let initial = model.parameters
    if let state {
      model.updateParameters { $0 = state.parameters }
      optimizer.state = state.optimizer
      objective.memory = state.memory
    }
    /// Weights that are no longer finite are not kept: a run would go on from them.
    func save(_ optimizer: OptimizerState) throws {
      if let key = model.parameters.firstNonFinite(workers) {
        let epoch = course.epochs.count
        throw TrainingError.diverged(
          quantity: "\(key)", epoch: epoch + 1, update: course.progress.updates,
          learningRate: rate(atEpoch: Double(epoch)))
      }
      try checkpoints?.save(course.state(model.parameters, optimizer, objective.memory))
    }
    if state == nil { try save(optimizer.state) }
    /// One epoch; false where the run was cancelled in it.
    func runEpoch(_ number: Int) throws -> Bool {
      let start = ContinuousClock.now - .seconds(course.progress.seconds)
      let end = try epoch.run(
        number, model, objective, &optimizer, from: course.progress,
        isCancelled: { try workers.ranks.holdsAnywhere(isCancelled()) }
      ) { event, progress, optimizer, images in
        course.progress = progress
        course.progress.seconds = (ContinuousClock.now - start) / .seconds(1)
        try observe(event)
        if let guardian, CollapseGuard.isDue(after: progress.updates, of: epoch.updates(of: objective)) {
          let weights = averaged(optimizer)
          let finding = try model.withParameters(weights) {
            try guardian.look(at: model, on: images, after: course.selection.looks)
          }
          guard course.selection.enter(finding, number + 1, progress.updates, weights ?? model.parameters) else {
            return false
          }
        }
        if checkpoints?.isDue() == true { try save(optimizer) }
        return true
      }
      guard end != .cancelled else { return false }
      var record = epoch.record(number, course.progress, replays: objective.replays)
      if end == .collapsed { course.collapse(in: record.epoch, restoring: model) }
      let parameters = end == .collapsed ? nil : try epoch.finalParameters(number, model, &optimizer)
      try model.withParameters(parameters) {
        let accuracy = try accuracy(
          of: model, on: try validation ?? training.gathering([0]), record, course.progress.updates)
        record.validationAccuracy = validation.map { _ in accuracy }
        record.robustAccuracy = try robustAccuracy?(model)
      }
      record.seconds = (ContinuousClock.now - start) / .seconds(1)
      course.enter(record, parameters ?? model.parameters, loop: self)
      try save(optimizer.state)
      try observe(.epoch(record))
      return true
    }
    var (isComplete, divergence): (Bool, TrainingError?) = (true, nil)
    do {
      while isComplete, course.epochs.count < epochs, course.selection.collapse == nil {
        isComplete = try runEpoch(course.epochs.count)
      }
      if !isComplete { try save(optimizer.state) }
    } catch let error as TrainingError where error.isDivergence {
      model.updateParameters { $0 = course.selection.last ?? initial }
      guard course.selection.last != nil else { throw error }
      (isComplete, divergence) = (false, error)
    }
    if let parameters = course.selection.chosen(averages: averaging != nil) {
      model.updateParameters { $0 = parameters }
    }
    return TrainingOutcome(
      epochs: course.epochs, isComplete: isComplete, bestEpoch: course.selection.best?.epoch,
      collapse: course.selection.collapse, divergence: divergence)
  }

  /// The guard against collapse; nil where none is asked for.
  private func guardian(
    _ accuracy: ((any DifferentiableClassifier) throws -> Double)?,
    _ accuracyOnBatch: ((any DifferentiableClassifier, LabelledImages) throws -> Double)?
  ) throws(TrainingError) -> CollapseGuard? {
    guard let fall = largestRobustnessLoss else { return nil }
    guard let accuracy, let accuracyOnBatch else {
      throw .invalidSetting("guard against collapse", expected: "robust accuracy to be measured", found: "none")
    }
    return CollapseGuard(fall: fall, accuracyOnBatch: accuracyOnBatch, accuracy: accuracy)
  }

  /// The averaged weights within an epoch; nil where the model's own are used.
  private func averaged(_ state: OptimizerState) -> Parameters? {
    guard case .exponential = averaging, state.averagedCount > 0 else { return nil }
    return state.average
  }

  /// The accuracy on some images, shared out among the processes and their threads. Weights and outputs are checked:
  /// finite weights may be so large that outputs are not finite.
  private func accuracy(
    of model: some TrainableClassifier, on examples: any TrainingImages, _ record: EpochRecord, _ update: Int
  ) throws -> Double {
    func diverged(_ quantity: String) -> TrainingError {
      .diverged(quantity: quantity, epoch: record.epoch, update: update, learningRate: record.learningRate)
    }
    if let key = model.parameters.firstNonFinite(workers) { throw diverged("\(key)") }
    let correct = try examples.correctCount(of: model, workers: workers) { logits in
      guard logits.isFinite else { throw diverged("an output") }
    }
    return Double(correct) / Double(examples.count)
  }

  /// The progress of a run.
  private struct Course {
    var epochs: [EpochRecord]
    var progress: EpochProgress
    var selection: EpochSelection

    init(_ state: TrainingState?) {
      epochs = state?.epochs ?? []
      progress = state?.progress ?? EpochProgress()
      selection = state?.selection ?? EpochSelection()
    }

    mutating func enter(_ record: EpochRecord, _ parameters: Parameters, loop: TrainingLoop) {
      epochs.append(record)
      progress = EpochProgress()
      selection.enter(record, parameters, loop: loop)
    }

    /// Goes back to the weights of the last good look.
    mutating func collapse(in epoch: Int, restoring model: some TrainableClassifier) {
      guard let good = selection.good else { return }
      model.updateParameters { $0 = good.parameters }
      selection.collapse = Collapse(
        epoch: epoch, update: progress.updates, restoredEpoch: good.epoch, restoredUpdate: good.update ?? 0)
    }

    func state(_ parameters: Parameters, _ optimizer: OptimizerState, _ memory: Tensor<Float>?) -> TrainingState {
      TrainingState(
        parameters: parameters, optimizer: optimizer, memory: memory, epochs: epochs, progress: progress,
        selection: selection)
    }
  }

  /// The settings for records, seed and number of epochs among them.
  public var settings: [TrainingSetting] {
    var settings = [
      TrainingSetting("seed", .text(String(seed))), TrainingSetting("epochs", .integer(epochs)),
      TrainingSetting("batch_size", .integer(batchSize)), TrainingSetting("learning_rate", learningRate),
      TrainingSetting("schedule", .text(schedule.description)),
      TrainingSetting("augmentation", .text(AugmentationCatalog.text(augmentations))),
      TrainingSetting("selection", .text(selection.rawValue)),
    ]
    switch gradientClipping {
    case nil: break
    case .norm(let limit): settings.append(TrainingSetting("clip_norm", limit))
    case .value(let limit): settings.append(TrainingSetting("clip_value", limit))
    }
    switch averaging {
    case nil: break
    case .exponential(let decay): settings.append(TrainingSetting("ema_decay", decay))
    case .stochastic(let first): settings.append(TrainingSetting("swa_start", .integer(first + 1)))
    }
    if let largestRobustnessLoss {
      settings.append(TrainingSetting("collapse_guard", .number(largestRobustnessLoss)))
    }
    return settings
  }

  /// The learning rate after some epochs, with fractions.
  public func rate(atEpoch epoch: Double) -> Float {
    Float(Double(learningRate) * schedule.factor(atEpoch: epoch, of: epochs))
  }

  /// The number of updates of one epoch.
  public func updatesPerEpoch(of objective: some TrainingObjective, imageCount: Int) -> Int {
    let batches = Minibatches(count: imageCount, batchSize: batchSize, random: RandomSource(seed: seed))
    return batches.perEpoch * max(1, objective.replays)
  }

  private func check(
    _ model: some Classifier, _ training: any TrainingImages, _ validation: (any TrainingImages)?,
    measuresRobustness: Bool
  ) throws(TrainingError) {
    guard batchSize > 0 else {
      throw .invalidSetting("batch size", expected: "at least 1", found: "\(batchSize)")
    }
    guard learningRate.isFinite, learningRate > 0 else {
      throw .invalidSetting("learning rate", expected: "a positive number", found: "\(learningRate)")
    }
    switch selection {
    case .last: break
    case .bestClean:
      guard validation != nil else {
        throw .invalidSetting("best epoch", expected: "validation images to choose by", found: "none")
      }
    case .bestRobust:
      guard measuresRobustness else {
        throw .invalidSetting("best epoch", expected: "robust accuracy to be measured", found: "none")
      }
    }
    try gradientClipping?.check()
    try averaging?.check()
    for augmentation in augmentations { try augmentation.check(imageShape: model.inputShape) }
    for (name, examples) in [("training images", training), ("validation images", validation ?? training)] {
      try check(name, examples, model)
    }
  }

  private func check(_ name: String, _ examples: any TrainingImages, _ model: some Classifier) throws(TrainingError) {
    guard examples.count > 0 else { throw .invalidSetting(name, expected: "at least one", found: "none") }
    guard examples.imageShape == model.inputShape else {
      throw .invalidSetting(name, expected: "shape \(model.inputShape)", found: "\(examples.imageShape)")
    }
    for label in examples.labels where !(0..<model.classCount).contains(label) {
      throw .invalidSetting(name, expected: "labels from 0 to \(model.classCount - 1)", found: "\(label)")
    }
  }
}
