import FoundationEssentials
import Networks
import Synchronization
import Testing
import Training

@Suite struct TrainingLoopTests {
  /// Three classes around the corners of a cube, 20 images each, apart by far more than their spread.
  private func clusters(seed: UInt64 = 1) throws -> LabelledImages {
    var stream = RandomSource(seed: seed).stream(.data)
    let labels = (0..<60).map { $0 % 3 }
    let scalars = labels.flatMap { label in
      (0..<4).map { (($0 == label) ? 1 : 0) + 0.1 * stream.normal() }
    }
    return try LabelledImages(images: Tensor(shape: [60, 1, 2, 2], scalars: scalars), labels: labels)
  }

  private func model() throws -> SoftmaxRegression { try SoftmaxRegression(inputShape: [1, 2, 2], classCount: 3) }

  @Test func fullBatchesMatchPyTorchStepByStep() throws {
    let model = try SoftmaxRegression(
      inputShape: [1, 2, 2], classCount: 3, weight: [0.1, -0.2, 0.3, 0, 0, 0.2, -0.1, 0.1, -0.3, 0.1, 0, 0.2],
      bias: [0.05, -0.05, 0])
    let examples = try LabelledImages(
      images: Tensor(
        shape: [5, 1, 2, 2], scalars: [0, 1, 2, 3, 1, 0, -1, 2, 2, 2, 0, 1, -1, 1, 1, 0, 0.5, -0.5, 1, -1]),
      labels: [0, 1, 2, 1, 0])
    // torch.nn.Linear(4, 3), CrossEntropyLoss(), SGD(lr=0.5, momentum=0.9, weight_decay=0.01),
    // CosineAnnealingLR(4, 0), four full batches.
    var optimizer = SGD(momentum: 0.9, weightDecay: 0.01)
    let loop = TrainingLoop(epochs: 4, batchSize: 8, learningRate: 0.5, schedule: CosineSchedule())
    let outcome = try loop.run(model, on: examples, optimizer: &optimizer)
    let losses = [1.0549476, 0.8558194, 0.6599598, 0.5543958]
    let rates: [Float] = [0.5, 0.42677669, 0.25, 0.07322330]
    // Logits of order 1 in single precision: errors of a few 1e-7.
    for (record, (loss, rate)) in zip(outcome.epochs, zip(losses, rates)) {
      #expect(abs(record.trainingLoss - loss) < 2e-6)
      #expect(abs(record.learningRate - rate) < 1e-7)
    }
    #expect(outcome.epochs.map(\.trainingAccuracy) == [0.4, 0.6, 0.8, 0.8])
    #expect(outcome.epochs.map(\.epoch) == [1, 2, 3, 4])
    let weight: [Float] = [
      8.95e-05, -0.4315596, 0.9161617, 0.1832893, -0.4553758, 0.0841007, -0.3553486, 0.231422, 0.2597484, 0.4452278,
      -0.3652751, -0.1214045,
    ]
    let parameters = model.parameters
    for (found, expected) in zip(parameters["logits", .weight]?.scalars ?? [], weight) {
      #expect(abs(found - expected) < 2e-6)
    }
    for (found, expected) in zip(parameters["logits", .bias]?.scalars ?? [], [0.0917409, 0.1475627, -0.2393036]) {
      #expect(abs(found - Float(expected)) < 2e-6)
    }
  }

  @Test func learnsWhatIsSeparable() throws {
    let model = try model()
    var optimizer = Adam()
    let outcome = try TrainingLoop(epochs: 20, batchSize: 7, learningRate: 0.1)
      .run(model, on: clusters(), validation: clusters(seed: 2), optimizer: &optimizer)
    #expect(outcome.isComplete && outcome.epochs.count == 20 && outcome.bestEpoch == nil)
    #expect(outcome.epochs.last?.trainingAccuracy == 1)
    #expect(outcome.epochs.last?.validationAccuracy == 1)
    #expect(optimizer.state.updates == 20 * 9)
  }

  @Test func seedsDecide() throws {
    func weights(seed: UInt64) throws -> Parameters {
      let model = try model()
      var optimizer = SGD(momentum: 0.9)
      _ = try TrainingLoop(epochs: 3, batchSize: 7, learningRate: 0.1, seed: seed)
        .run(model, on: clusters(), optimizer: &optimizer)
      return model.parameters
    }
    #expect(try weights(seed: 1) == weights(seed: 1))
    #expect(try weights(seed: 1) != weights(seed: 2))
  }

  @Test func cancellingKeepsTheUpdatesSoFar() throws {
    let loop = TrainingLoop(epochs: 5, batchSize: 7, learningRate: 0.1)
    let model = try model()
    let before = model.parameters
    var optimizer = SGD(momentum: 0)
    let none = try loop.run(model, on: clusters(), optimizer: &optimizer, isCancelled: { true })
    #expect(none.epochs.isEmpty && !none.isComplete && model.parameters == before)

    let updates = Mutex(0)
    let some = try loop.run(
      model, on: clusters(), optimizer: &optimizer, isCancelled: { updates.withLock { $0 == 12 } },
      observe: { if case .update = $0 { updates.withLock { $0 += 1 } } })
    #expect(some.epochs.count == 1 && !some.isComplete)
    #expect(optimizer.state.updates == 12)
    try model.network.check(model.parameters)
  }

  @Test func divergenceNamesTheUpdateAndLeavesTheWeights() throws {
    let good = try clusters()
    var scalars = good.images.scalars
    scalars[5] = .nan
    let bad = try LabelledImages(images: Tensor(shape: good.images.shape, scalars: scalars), labels: good.labels)
    let loop = TrainingLoop(epochs: 2, batchSize: 7, learningRate: 0.1)
    let update = Minibatches(count: 60, batchSize: 7, random: RandomSource(seed: 0)).order(ofEpoch: 0).batches
      .firstIndex { $0.contains(1) }
    let model = try model()
    var optimizer = SGD(momentum: 0)
    #expect(
      throws: TrainingError.diverged(
        quantity: "the loss", epoch: 1, update: (update ?? -1) + 1, learningRate: 0.1)
    ) {
      try loop.run(model, on: bad, optimizer: &optimizer)
    }
    #expect(optimizer.state.updates == update)
    try model.network.check(model.parameters)
  }

  @Test func anInfiniteGradientStopsToo() throws {
    struct Broken: TrainingObjective {
      func pass(through model: some TrainableClassifier, over batch: Minibatch) throws -> ObjectivePass {
        var pass = try StandardObjective().pass(through: model, over: batch)
        pass.gradients["logits", .bias] = Tensor(shape: [3], scalars: [0, -.infinity, 0])
        return pass
      }
    }
    let model = try model()
    let before = model.parameters
    var optimizer = SGD(momentum: 0)
    #expect(
      throws: TrainingError.diverged(
        quantity: "the gradient of logits/bias", epoch: 1, update: 1, learningRate: 0.1)
    ) {
      try TrainingLoop(epochs: 2, batchSize: 7, learningRate: 0.1)
        .run(model, on: clusters(), objective: Broken(), optimizer: &optimizer)
    }
    #expect(model.parameters == before)
  }

  @Test func theBestEpochCanBeKept() throws {
    // A learning rate that falls from far too large to nothing by way of good ones.
    let model = try model()
    var optimizer = SGD(momentum: 0.95)
    var states: [Parameters] = []
    let loop = TrainingLoop(
      epochs: 8, batchSize: 7, learningRate: 40, schedule: CosineSchedule(), seed: 3, selection: .bestClean)
    let outcome = try loop.run(
      model, on: clusters(), validation: clusters(seed: 2), optimizer: &optimizer,
      observe: { if case .epoch = $0 { states.append(model.parameters) } })
    let accuracies = outcome.epochs.compactMap(\.validationAccuracy)
    let best = try #require(accuracies.firstIndex(of: accuracies.max() ?? 0))
    #expect(outcome.bestEpoch == best + 1)
    #expect(model.parameters == states[best])
    #expect(best < 7, "else the test shows nothing: \(accuracies)")
  }

  @Test func objectivesSeeIdsStepsAndProgress() throws {
    struct Recorder: TrainingObjective {
      let seen: @Sendable (Minibatch) -> Void
      func pass(through model: some TrainableClassifier, over batch: Minibatch) throws -> ObjectivePass {
        seen(batch)
        return try StandardObjective().pass(through: model, over: batch)
      }
    }
    let (_, validation) = try clusters().split(validationFraction: 0.5, random: RandomSource(seed: 1))
    let seen = Mutex<[Minibatch]>([])
    var optimizer = SGD(momentum: 0)
    _ = try TrainingLoop(epochs: 2, batchSize: 20, learningRate: 0.1, seed: 9)
      .run(
        model(), on: validation, objective: Recorder { batch in seen.withLock { $0.append(batch) } },
        optimizer: &optimizer)
    let batches = seen.withLock { $0 }
    #expect(batches.map(\.context.step) == [0, 1, 2, 3])
    #expect(batches.map(\.epoch) == [0, 0.5, 1, 1.5])
    #expect(batches.allSatisfy { $0.context.seed == 9 && $0.epochs == 2 && $0.context.exampleIDs == $0.examples.ids })
    #expect(batches.prefix(2).flatMap(\.examples.ids).sorted() == validation.ids)
  }

  @Test func anErrorOfTheObserverEndsTheRun() throws {
    struct Full: Error {}
    var optimizer = SGD(momentum: 0)
    #expect(throws: Full.self) {
      try TrainingLoop(epochs: 2, batchSize: 7, learningRate: 0.1)
        .run(model(), on: clusters(), optimizer: &optimizer, observe: { if case .epoch = $0 { throw Full() } })
    }
    #expect(optimizer.state.updates == 9)
  }

  @Test func settingsThatCannotBe() throws {
    let good = try clusters()
    let cases: [(TrainingLoop, LabelledImages)] = [
      (TrainingLoop(epochs: 1, batchSize: 0, learningRate: 0.1), good),
      (TrainingLoop(epochs: 1, learningRate: 0), good), (TrainingLoop(epochs: 1, learningRate: .nan), good),
      (TrainingLoop(epochs: 1, learningRate: 0.1, selection: .bestClean), good),
      (TrainingLoop(epochs: 1, learningRate: 0.1, selection: .bestRobust), good),
      (TrainingLoop(epochs: 1, learningRate: 0.1), good.gathering([])),
      (
        TrainingLoop(epochs: 1, learningRate: 0.1),
        try LabelledImages(images: good.images, labels: Array(repeating: 3, count: 60))
      ),
      (
        TrainingLoop(epochs: 1, learningRate: 0.1),
        try LabelledImages(images: good.images.reshaped(to: [60, 4, 1, 1]), labels: good.labels)
      ),
    ]
    for (loop, examples) in cases {
      var optimizer = SGD(momentum: 0)
      #expect {
        try loop.run(model(), on: examples, optimizer: &optimizer)
      } throws: { error in
        if case TrainingError.invalidSetting = error { true } else { false }
      }
    }
  }

  @Test func recordsHaveStableNamesInJSON() throws {
    let record = EpochRecord(
      epoch: 1, trainingLoss: 0.5, trainingAccuracy: 0.75, validationAccuracy: 0.5, learningRate: 0.1, seconds: 2)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let data = try encoder.encode(record)
    #expect(
      String(decoding: data, as: UTF8.self).hasPrefix(#"{"epoch":1,"learning_rate":0.1"#)
        && String(decoding: data, as: UTF8.self).hasSuffix(
          #""seconds":2,"training_accuracy":0.75,"training_loss":0.5,"validation_accuracy":0.5}"#)
    )
    #expect(try JSONDecoder().decode(EpochRecord.self, from: data) == record)
  }
}
