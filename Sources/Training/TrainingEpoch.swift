import Networks
import Synchronization

/// Why the updates of an epoch ended.
enum EpochEnd {
  case complete, cancelled, collapsed
}

/// The updates of one epoch.
struct TrainingEpoch {
  let loop: TrainingLoop
  let training: any TrainingImages
  private let batches: Minibatches
  private let images: AugmentedImages

  init(loop: TrainingLoop, training: any TrainingImages) {
    self.loop = loop
    self.training = training
    let random = RandomSource(seed: loop.seed)
    batches = Minibatches(training.windows, batchSize: loop.batchSize, random: random)
    images = AugmentedImages(whole: training, augmentations: loop.augmentations, random: random)
  }

  /// The number of updates of one epoch.
  func updates(of objective: some TrainingObjective) -> Int {
    loop.updatesPerEpoch(of: objective, imageCount: training.count)
  }

  /// Makes the remaining updates of an epoch. The observer is told of every update, with the progress and the optimiser's
  /// state after it and its images as they are stored, and returns whether to go on.
  func run(
    _ epoch: Int, _ model: some TrainableClassifier, _ objective: some TrainingObjective,
    _ optimizer: inout some Optimizer, from progress: EpochProgress, isCancelled: () throws -> Bool,
    observe: (TrainingEvent, EpochProgress, OptimizerState, LabelledImages) throws -> Bool
  ) throws -> EpochEnd {
    var progress = progress
    let (replays, updates) = (max(1, objective.replays), updates(of: objective))
    let order = batches.order(ofEpoch: epoch)
    for (index, indices) in order.batches.enumerated() {
      guard (index + 1) * replays > progress.updates else { continue }
      let stored = try training.gathering(indices)
      let (examples, mixture) = try images.changing(stored, epoch: epoch, windows: order.windows(ofBatch: index))
      for replay in progress.updates % replays..<replays {
        if try isCancelled() { return .cancelled }
        let done = index * replays + replay
        let batch = Minibatch(
          examples: examples,
          context: TrainingContext(seed: loop.seed, step: epoch * updates + done, exampleIDs: examples.ids),
          epoch: Double(epoch) + Double(done) / Double(updates), epochs: loop.epochs, mixture: mixture, replay: replay)
        let pass = try update(model, objective, &optimizer, batch, number: done + 1)
        progress.lossSum += pass.lossSum
        progress.correctCount += pass.correctCount
        progress.updates += 1
        let event = TrainingEvent.update(
          epoch: epoch + 1, done: done + 1, of: updates, loss: pass.lossSum / Double(indices.count))
        guard try observe(event, progress, optimizer.state, stored) else { return .collapsed }
      }
    }
    return .complete
  }

  /// The record of an epoch, without the accuracies that are measured at its end.
  func record(_ epoch: Int, _ progress: EpochProgress, replays: Int) -> EpochRecord {
    let seen = Double(imagesSeen(after: progress.updates, replays: max(1, replays)))
    return EpochRecord(
      epoch: epoch + 1, trainingLoss: progress.lossSum / seen, trainingAccuracy: Double(progress.correctCount) / seen,
      validationAccuracy: nil, learningRate: loop.rate(atEpoch: Double(epoch)), seconds: 0)
  }

  /// The number of images seen, each counted as often as it was. Only the last mini-batch is smaller than the others.
  private func imagesSeen(after updates: Int, replays: Int) -> Int {
    let (whole, part) = updates.quotientAndRemainder(dividingBy: replays)
    let seen = min(whole * loop.batchSize, training.count)
    return replays * seen + part * min(loop.batchSize, training.count - seen)
  }

  private func update(
    _ model: some TrainableClassifier, _ objective: some TrainingObjective, _ optimizer: inout some Optimizer,
    _ batch: Minibatch, number: Int
  ) throws -> ObjectivePass {
    let rate = loop.rate(atEpoch: batch.epoch)
    var pass = try objective.pass(through: model, over: batch)
    if let quantity = pass.firstNonFiniteQuantity(loop.workers) {
      throw TrainingError.diverged(
        quantity: quantity, epoch: Int(batch.epoch) + 1, update: number, learningRate: rate)
    }
    loop.gradientClipping?(&pass.gradients)
    let network = model.network
    model.updateParameters { parameters in
      optimizer.update(&parameters, gradients: pass.gradients, learningRate: rate, workers: loop.workers)
      network.updateRunningStatistics(in: &parameters, towards: pass.batchStatistics)
      loop.averaging?.updateAfterStep(&optimizer.state, with: parameters)
    }
    return pass
  }

  /// The averaged weights after an epoch, ready to be used; `nil` where there are none.
  func finalParameters(
    _ epoch: Int, _ model: some TrainableClassifier, _ optimizer: inout some Optimizer
  ) throws -> Parameters? {
    guard let averaging = loop.averaging else { return nil }
    averaging.updateAfterEpoch(epoch, &optimizer.state, with: model.parameters)
    guard optimizer.state.averagedCount > 0 else { return nil }
    guard case .stochastic = averaging else { return optimizer.state.average }
    return try model.withParameters(optimizer.state.average) {
      try model.renewRunningStatistics(on: training, batchSize: loop.batchSize, seed: loop.seed)
      return model.parameters
    }
  }
}

extension ObjectivePass {
  fileprivate func firstNonFiniteQuantity(_ workers: Workers) -> String? {
    guard lossSum.isFinite else { return "the loss" }
    return gradients.firstNonFinite(workers).map { "the gradient of \($0)" }
  }
}

extension Parameters {
  /// The first tensor, in alphabetical order, that holds NaN or infinity.
  func firstNonFinite(_ workers: Workers) -> ParameterKey? {
    tensors.filter { !workers.areFinite($0.value) }.keys.min()
  }
}

extension Workers {
  /// Whether no scalar is NaN or infinite, by all threads.
  fileprivate func areFinite(_ tensor: Tensor<Float>) -> Bool {
    let isFinite = Atomic(true)
    tensor.withUnsafeScalars { scalars in
      nonisolated(unsafe) let scalars = scalars
      forEachStretch(of: scalars.count, size: 1 << 14) { stretch in
        guard !UnsafeBufferPointer(rebasing: scalars[stretch]).areFinite else { return }
        isFinite.store(false, ordering: .relaxed)
      }
    }
    return isFinite.load(ordering: .relaxed)
  }
}
