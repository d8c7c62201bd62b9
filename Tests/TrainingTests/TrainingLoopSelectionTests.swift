import Compute
import Networks
import Synchronization
import Testing
import Training

/// What the loop does beside updating: averages, replays, choice of epochs, guards.
@Suite struct TrainingLoopSelectionTests {
  private func examples() throws -> LabelledImages {
    var stream = RandomSource(seed: 1).stream(.data)
    let labels = (0..<24).map { $0 % 3 }
    let scalars = labels.flatMap { label in (0..<4).map { (($0 == label) ? 1 : 0) + 0.3 * stream.normal() } }
    return try LabelledImages(images: Tensor(shape: [24, 1, 2, 2], scalars: scalars), labels: labels)
  }

  private func model() throws -> SoftmaxRegression { try SoftmaxRegression(inputShape: [1, 2, 2], classCount: 3) }
  private let weight = ParameterKey("logits", .weight)

  @Test func theExponentialMeanFollowsEveryUpdate() throws {
    let model = try model()
    var loop = TrainingLoop(epochs: 2, batchSize: 8, learningRate: 0.5)
    loop.averaging = .exponential(decay: 0.75)
    var optimizer = SGD(momentum: 0)
    var mean: [Float] = []
    _ = try loop.run(
      model, on: examples(), optimizer: &optimizer,
      observe: { event in
        guard case .update = event else { return }
        let weights = model.parameters.tensors[weight]?.scalars ?? []
        mean = mean.isEmpty ? weights : zip(mean, weights).map { 0.75 * $0 + 0.25 * $1 }
      })
    let found = model.parameters.tensors[weight]?.scalars ?? []
    // Six means, a rounding or two each.
    #expect(found.count == 12 && zip(found, mean).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(optimizer.state.averagedCount == 6)
    #expect(model.parameters == optimizer.state.average)
  }

  @Test func theStochasticMeanIsThatOfTheLastEpochs() throws {
    let model = try model()
    var loop = TrainingLoop(epochs: 5, batchSize: 8, learningRate: 0.5)
    loop.averaging = .stochastic(fromEpoch: 2)
    var optimizer = SGD(momentum: 0)
    var ends: [[Float]] = []
    _ = try loop.run(
      model, on: examples(), optimizer: &optimizer,
      observe: { event in
        if case .epoch = event { ends.append(model.parameters.tensors[weight]?.scalars ?? []) }
      })
    let found = model.parameters.tensors[weight]?.scalars ?? []
    for index in 0..<12 {
      #expect(abs(found[index] - (ends[2][index] + ends[3][index] + ends[4][index]) / 3) < 1e-6)
    }
    #expect(ends[2] != ends[4], "else the test shows nothing")
  }

  @Test func averagedWeightsGetStatisticsOfTheirOwn() throws {
    var network = try Network(inputShape: [1, 2, 2])
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 3)), named: "hidden")
    try network.append(.batchNormalization(BatchNormalization()), named: "norm")
    try network.append(.dense(Dense(outputs: 3)), named: "logits")
    let model = try CompiledModel(
      network: network, parameters: Parameters.initial(for: network, random: RandomSource(seed: 4)))
    var loop = TrainingLoop(epochs: 3, batchSize: 24, learningRate: 0.1)
    loop.averaging = .stochastic(fromEpoch: 1)
    var optimizer = SGD(momentum: 0)
    let examples = try examples()
    _ = try loop.run(model, on: examples, optimizer: &optimizer)
    // One batch holds the whole set, so its statistics are the set's.
    let context = TrainingContext(seed: 0, step: 0, exampleIDs: examples.ids)
    let pass = try model.trainingPass(at: examples.images, context: context) { logits, _ in Tensor(shape: logits.shape)
    }
    for role in [ParameterRole.mean, .variance] {
      let found = model.parameters["norm", role]?.scalars ?? []
      let expected = pass.batchStatistics["norm", role]?.scalars ?? []
      // Another order of the images: sums of 24 numbers of order 1.
      #expect(found.count == 3 && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  @Test func replaysUseEveryBatchSeveralTimes() throws {
    let objective = RecordingObjective(replays: 3)
    var optimizer = SGD(momentum: 0)
    let outcome = try TrainingLoop(epochs: 2, batchSize: 12, learningRate: 0.1)
      .run(model(), on: examples(), objective: objective, optimizer: &optimizer)
    let batches = objective.batches
    #expect(optimizer.state.updates == 12 && batches.map(\.context.step) == Array(0..<12))
    #expect(batches.map(\.replay) == [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2])
    #expect(batches[0].examples.ids == batches[2].examples.ids && batches[0].examples.ids != batches[3].examples.ids)
    #expect(Set(batches.map(\.random)).count == 6, "one per epoch and replay")
    #expect(outcome.epochs.allSatisfy { $0.trainingAccuracy <= 1 })
  }

  @Test func clippingComesBeforeTheOptimiser() throws {
    let model = try model()
    let before = model.parameters
    var loop = TrainingLoop(epochs: 1, batchSize: 24, learningRate: 1)
    loop.gradientClipping = .norm(1e-3)
    var optimizer = SGD(momentum: 0)
    _ = try loop.run(model, on: examples(), optimizer: &optimizer)
    var change = model.parameters
    change.add(before, times: -1)
    // Weights of order 1 hold the change of 1e-3 to a few 1e-8 each.
    #expect(abs(change.norm() - 1e-3) < 1e-6)
  }

  @Test func theBestEpochIsTheMostRobustOne() throws {
    let model = try model()
    var optimizer = SGD(momentum: 0)
    let scores = Mutex([0.1, 0.5, 0.3])
    var ends: [Parameters] = []
    let loop = TrainingLoop(epochs: 3, batchSize: 8, learningRate: 0.1, selection: .bestRobust)
    let outcome = try loop.run(
      model, on: examples(), validation: examples(), optimizer: &optimizer,
      robustAccuracy: { _ in scores.withLock { $0.removeFirst() } },
      observe: { if case .epoch = $0 { ends.append(model.parameters) } })
    #expect(outcome.epochs.map(\.robustAccuracy) == [0.1, 0.5, 0.3] && outcome.bestEpoch == 2)
    #expect(model.parameters == ends[1] && ends[1] != ends[2])
  }

  /// A run of three updates an epoch whose guard finds these accuracies on mini-batches, one after the other, and this one
  /// on the images set apart.
  private func guarded(
    looks: [Double], confirmed: Double, _ change: (inout TrainingLoop) -> Void = { _ in }
  ) throws -> (outcome: TrainingOutcome, model: SoftmaxRegression, weights: [Parameters], seen: [[Int]]) {
    let model = try model()
    var optimizer = SGD(momentum: 0)
    let left = Mutex((looks: looks, seen: [[Int]]()))
    var weights: [Parameters] = []
    var loop = TrainingLoop(epochs: 4, batchSize: 8, learningRate: 0.1)
    loop.largestRobustnessLoss = 0.2
    change(&loop)
    let outcome = try loop.run(
      model, on: examples(), optimizer: &optimizer, robustAccuracy: { _ in confirmed },
      batchRobustAccuracy: { _, batch in
        left.withLock { left in
          left.seen.append(batch.ids)
          return left.looks.removeFirst()
        }
      },
      observe: { if case .update = $0 { weights.append(model.parameters) } })
    return (outcome, model, weights, left.withLock { $0.seen })
  }

  /// The mean of the looks before the sixth update is 0.4, and 0.5 that of the fourth is the last at or above the mean.
  @Test func aCollapseWithinAnEpochEndsTheRunWithTheLastGoodWeights() throws {
    let run = try guarded(looks: [0.3, 0.4, 0.45, 0.5, 0.35, 0.1], confirmed: 0.12)
    let collapse = Collapse(epoch: 2, update: 3, restoredEpoch: 2, restoredUpdate: 1)
    #expect(run.outcome.collapse == collapse && run.outcome.isComplete && run.outcome.epochs.count == 2)
    #expect(run.model.parameters == run.weights[3])
    #expect(run.weights.count == 6, "the run has ended")
    let batches = Minibatches(count: 24, batchSize: 8, random: RandomSource(seed: 0))
    #expect((0..<2).flatMap { batches.order(ofEpoch: $0).batches } == run.seen, "the images of the updates")
  }

  @Test func aFallThatTheImagesSetApartDoNotConfirmIsChance() throws {
    let looks = [0.3, 0.4, 0.45, 0.5, 0.35, 0.1] + Array(repeating: 0.4, count: 6)
    let run = try guarded(looks: looks, confirmed: 0.38)
    #expect(run.outcome.collapse == nil && run.outcome.epochs.count == 4)
    #expect(run.model.parameters == run.weights.last)
  }

  /// By 0.1 from look to look, which no pair of looks shows.
  @Test func aSlowFallIsACollapseToo() throws {
    let run = try guarded(looks: [0.9, 0.8, 0.7, 0.6, 0.5, 0.4], confirmed: 0.4)
    #expect(run.outcome.collapse?.restoredUpdate == 1 && run.outcome.collapse?.restoredEpoch == 1)
    #expect(run.model.parameters == run.weights[0])
  }

  @Test func averagedWeightsAreWhatTheGuardKeeps() throws {
    let run = try guarded(looks: [0.5, 0.6, 0.1], confirmed: 0) { $0.averaging = .exponential(decay: 0.5) }
    #expect(run.outcome.collapse?.restoredUpdate == 2)
    for (key, tensor) in run.model.parameters.tensors {
      let (first, second) = (run.weights[0].tensors[key], run.weights[1].tensors[key])
      let mean = zip(first?.scalars ?? [], second?.scalars ?? []).map { $0 + 0.5 * ($1 - $0) }
      #expect(tensor.scalars == mean)
    }
  }

  @Test func aGuardNeedsSomethingToLookAt() throws {
    var loop = TrainingLoop(epochs: 1, batchSize: 8, learningRate: 0.1)
    loop.largestRobustnessLoss = 0.2
    var optimizer = SGD(momentum: 0)
    #expect(throws: TrainingError.self) { try loop.run(model(), on: examples(), optimizer: &optimizer) }
    #expect(throws: TrainingError.self) {
      try loop.run(model(), on: examples(), optimizer: &optimizer, robustAccuracy: { _ in 1 })
    }
  }

  @Test func settingsAreChecked() throws {
    var loops = Array(repeating: TrainingLoop(epochs: 1, learningRate: 0.1), count: 5)
    loops[0].gradientClipping = .norm(0)
    loops[1].gradientClipping = .value(.nan)
    loops[2].averaging = .exponential(decay: 1)
    loops[3].averaging = .stochastic(fromEpoch: -1)
    loops[4].augmentations = [Cutout(side: 0)]
    for loop in loops {
      var optimizer = SGD(momentum: 0)
      #expect(throws: TrainingError.self) { try loop.run(model(), on: examples(), optimizer: &optimizer) }
    }
  }
}
