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

  /// All of them, or `nil` where the run was cancelled.
  func run(
    _ epoch: Int, _ model: some TrainableClassifier, _ objective: some TrainingObjective,
    _ optimizer: inout some Optimizer, isCancelled: () -> Bool, observe: (TrainingEvent) throws -> Void
  ) throws -> EpochRecord? {
    let replays = max(1, objective.replays)
    let updates = batches.perEpoch * replays
    var (lossSum, correctCount) = (0.0, 0)
    for (index, indices) in batches.indices(ofEpoch: epoch).enumerated() {
      let (examples, mixture) = images.gathering(indices, epoch: epoch)
      for replay in 0..<replays {
        if isCancelled() { return nil }
        let done = index * replays + replay
        let batch = Minibatch(
          examples: examples,
          context: TrainingContext(seed: loop.seed, step: epoch * updates + done, exampleIDs: examples.ids),
          epoch: Double(epoch) + Double(done) / Double(updates), epochs: loop.epochs, mixture: mixture, replay: replay)
        let pass = try update(model, objective, &optimizer, batch, number: done + 1)
        lossSum += pass.lossSum
        correctCount += pass.correctCount
        try observe(
          .update(epoch: epoch + 1, done: done + 1, of: updates, loss: pass.lossSum / Double(indices.count)))
      }
    }
    let seen = Double(training.count * replays)
    return EpochRecord(
      epoch: epoch + 1, trainingLoss: lossSum / seen, trainingAccuracy: Double(correctCount) / seen,
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
