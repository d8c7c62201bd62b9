import Networks

/// The updates of one epoch.
struct TrainingEpoch {
  let loop: TrainingLoop
  let training: LabelledImages
  private let batches: Minibatches
  private let images: AugmentedImages

  init(loop: TrainingLoop, training: LabelledImages) {
    self.loop = loop
    self.training = training
    let random = RandomSource(seed: loop.seed)
    batches = Minibatches(count: training.count, batchSize: loop.batchSize, random: random)
    images = AugmentedImages(whole: training, augmentations: loop.augmentations, random: random)
  }

  /// The updates of one epoch.
  func updates(of objective: some TrainingObjective) -> Int { batches.perEpoch * max(1, objective.replays) }

  /// Makes all updates that are left of an epoch; false where the run was cancelled first. The observer is told of every
  /// update, with the progress and the optimiser's state after it.
  func run(
    _ epoch: Int, _ model: some TrainableClassifier, _ objective: some TrainingObjective,
    _ optimizer: inout some Optimizer, from progress: EpochProgress, isCancelled: () -> Bool,
    observe: (TrainingEvent, EpochProgress, OptimizerState) throws -> Void
  ) throws -> Bool {
    var progress = progress
    let (replays, updates) = (max(1, objective.replays), updates(of: objective))
    for (index, indices) in batches.indices(ofEpoch: epoch).enumerated() {
      guard (index + 1) * replays > progress.updates else { continue }
      let (examples, mixture) = images.gathering(indices, epoch: epoch)
      for replay in progress.updates % replays..<replays {
        if isCancelled() { return false }
        let done = index * replays + replay
        let batch = Minibatch(
          examples: examples,
          context: TrainingContext(seed: loop.seed, step: epoch * updates + done, exampleIDs: examples.ids),
          epoch: Double(epoch) + Double(done) / Double(updates), epochs: loop.epochs, mixture: mixture, replay: replay)
        let pass = try update(model, objective, &optimizer, batch, number: done + 1)
        progress.lossSum += pass.lossSum
        progress.correctCount += pass.correctCount
        progress.updates += 1
        try observe(
          .update(epoch: epoch + 1, done: done + 1, of: updates, loss: pass.lossSum / Double(indices.count)),
          progress, optimizer.state)
      }
    }
    return true
  }

  /// What there is to say of an epoch before the model is measured.
  func record(_ epoch: Int, _ progress: EpochProgress, updates: Int) -> EpochRecord {
    let seen = Double(training.count * (updates / max(batches.perEpoch, 1)))
    return EpochRecord(
      epoch: epoch + 1, trainingLoss: progress.lossSum / seen, trainingAccuracy: Double(progress.correctCount) / seen,
      validationAccuracy: nil, learningRate: loop.rate(atEpoch: Double(epoch)), seconds: 0)
  }

  private func update(
    _ model: some TrainableClassifier, _ objective: some TrainingObjective, _ optimizer: inout some Optimizer,
    _ batch: Minibatch, number: Int
  ) throws -> ObjectivePass {
    let rate = loop.rate(atEpoch: batch.epoch)
    var pass = try objective.pass(through: model, over: batch)
    if let quantity = pass.firstNonFiniteQuantity {
      throw TrainingError.diverged(
        quantity: quantity, epoch: Int(batch.epoch) + 1, update: number, learningRate: rate)
    }
    loop.gradientClipping?(&pass.gradients)
    let network = model.network
    model.updateParameters { parameters in
      optimizer.update(&parameters, gradients: pass.gradients, learningRate: rate)
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
