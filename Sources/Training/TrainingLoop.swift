public import Networks

/// Mini-batch training: epochs of shuffled batches, one optimiser step each.
///
/// The same settings, data and seed give the same weights, whatever the number of threads.
public struct TrainingLoop: Hashable, Sendable {
  /// How often every image is seen.
  public var epochs: Int
  /// Images per update.
  public var batchSize: Int
  /// The learning rate at the start.
  public var learningRate: Float
  /// What becomes of the learning rate.
  public var schedule: Schedule
  /// Orders batches and keys dropout.
  public var seed: UInt64
  /// Whether the model ends with the weights of the epoch of best validation accuracy (the first of equals), rather
  /// than those of the last epoch.
  public var keepsBestEpoch: Bool

  /// Creates a loop.
  public init(
    epochs: Int, batchSize: Int = 128, learningRate: Float, schedule: Schedule = .constant, seed: UInt64 = 0,
    keepsBestEpoch: Bool = false
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.learningRate = learningRate
    self.schedule = schedule
    self.seed = seed
    self.keepsBestEpoch = keepsBestEpoch
  }

  /// Trains a model.
  ///
  /// - Parameters:
  ///   - model: The model; its weights are changed in place.
  ///   - training: The images it learns from.
  ///   - validation: Images to measure it on after every epoch; never learnt from.
  ///   - objective: What it minimises.
  ///   - optimizer: Makes the updates; keeps its state.
  ///   - firstEpoch: The number of epochs already done, to resume a run bit by bit from its weights and the
  ///     optimiser's state.
  ///   - isCancelled: Asked before every update.
  ///   - observe: Told of every update and epoch; an error it throws ends the run.
  /// - Returns: The record of the run.
  /// - Throws: `TrainingError` where a setting does not fit or the loss is no longer finite; what the model, the
  ///   objective or the observer throws.
  public func run<Model: TrainableClassifier>(
    _ model: Model, on training: LabelledImages, validation: LabelledImages? = nil,
    objective: some TrainingObjective = StandardObjective(), optimizer: inout some Optimizer, firstEpoch: Int = 0,
    isCancelled: () -> Bool = { false }, observe: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> TrainingOutcome {
    try check(model, training, validation)
    let batches = Minibatches(count: training.count, batchSize: batchSize, random: RandomSource(seed: seed))
    var outcome = TrainingOutcome(epochs: [], isComplete: true)
    var best: (record: EpochRecord, parameters: Parameters)?
    for epoch in firstEpoch..<max(firstEpoch, epochs) {
      let start = ContinuousClock.now
      guard
        var record = try trainEpoch(
          epoch, model, training, batches, objective, &optimizer, isCancelled: isCancelled, observe: observe)
      else {
        outcome.isComplete = false
        break
      }
      record.validationAccuracy = try validation.map { try accuracy(of: model, on: $0) }
      record.seconds = (ContinuousClock.now - start) / .seconds(1)
      outcome.epochs.append(record)
      if keepsBestEpoch, let found = record.validationAccuracy, found > best?.record.validationAccuracy ?? -1 {
        best = (record, model.parameters)
      }
      try observe(.epoch(record, optimizer.state))
    }
    if let best {
      model.updateParameters { $0 = best.parameters }
      outcome.bestEpoch = best.record.epoch
    }
    return outcome
  }

  /// One epoch; `nil` where it was cancelled.
  private func trainEpoch<Model: TrainableClassifier>(
    _ epoch: Int, _ model: Model, _ training: LabelledImages, _ batches: Minibatches,
    _ objective: some TrainingObjective, _ optimizer: inout some Optimizer, isCancelled: () -> Bool,
    observe: (TrainingEvent) throws -> Void
  ) throws -> EpochRecord? {
    let network = model.network
    var lossSum = 0.0
    var correctCount = 0
    for (index, indices) in batches.indices(ofEpoch: epoch).enumerated() {
      if isCancelled() { return nil }
      let progress = Double(epoch) + Double(index) / Double(batches.perEpoch)
      let rate = rate(atEpoch: progress)
      let examples = training.gathering(indices)
      let context = TrainingContext(seed: seed, step: epoch * batches.perEpoch + index, exampleIDs: examples.ids)
      let pass = try objective.pass(
        through: model, over: Minibatch(examples: examples, context: context, epoch: progress, epochs: epochs))
      if let quantity = pass.firstNonFiniteQuantity {
        throw TrainingError.diverged(quantity: quantity, epoch: epoch + 1, update: index + 1, learningRate: rate)
      }
      model.updateParameters { parameters in
        optimizer.update(&parameters, gradients: pass.gradients, learningRate: rate)
        network.updateRunningStatistics(in: &parameters, towards: pass.batchStatistics)
      }
      lossSum += pass.lossSum
      correctCount += pass.correctCount
      try observe(
        .update(epoch: epoch + 1, done: index + 1, of: batches.perEpoch, loss: pass.lossSum / Double(indices.count)))
    }
    return EpochRecord(
      epoch: epoch + 1, trainingLoss: lossSum / Double(training.count),
      trainingAccuracy: Double(correctCount) / Double(training.count), validationAccuracy: nil,
      learningRate: rate(atEpoch: Double(epoch)), seconds: 0)
  }

  private func rate(atEpoch epoch: Double) -> Float {
    Float(Double(learningRate) * schedule.factor(atEpoch: epoch, of: epochs))
  }

  private func accuracy(of model: some Classifier, on examples: LabelledImages) throws -> Double {
    let predictions = try model.logits(of: examples.images).argmax()
    return Double(zip(predictions, examples.labels).count { $0 == $1 }) / Double(examples.count)
  }

  private func check(
    _ model: some Classifier, _ training: LabelledImages, _ validation: LabelledImages?
  ) throws(TrainingError) {
    guard batchSize > 0 else {
      throw .invalidSetting("batch size", expected: "at least 1", found: "\(batchSize)")
    }
    guard learningRate.isFinite, learningRate > 0 else {
      throw .invalidSetting("learning rate", expected: "a positive number", found: "\(learningRate)")
    }
    guard validation != nil || !keepsBestEpoch else {
      throw .invalidSetting("best epoch", expected: "validation images to choose by", found: "none")
    }
    for (name, examples) in [("training images", training), ("validation images", validation ?? training)] {
      guard examples.count > 0 else { throw .invalidSetting(name, expected: "at least one", found: "none") }
      guard examples.images.shape.example == model.inputShape else {
        throw .invalidSetting(name, expected: "shape \(model.inputShape)", found: "\(examples.images.shape.example)")
      }
      for label in examples.labels where !(0..<model.classCount).contains(label) {
        throw .invalidSetting(name, expected: "labels from 0 to \(model.classCount - 1)", found: "\(label)")
      }
    }
  }
}

extension ObjectivePass {
  fileprivate var firstNonFiniteQuantity: String? {
    guard lossSum.isFinite else { return "the loss" }
    let key = gradients.tensors.filter { !$0.value.withUnsafeScalars(areFinite) }.keys.min()
    return key.map { "the gradient of \($0)" }
  }
}

/// Integer arithmetic, so that the loop vectorises.
private func areFinite(_ scalars: UnsafeBufferPointer<Float>) -> Bool {
  let exponent: UInt32 = 0x7F80_0000
  var found: UInt32 = 0
  for i in scalars.indices { found |= scalars[i].bitPattern & exponent == exponent ? 1 : 0 }
  return found == 0
}
