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
    var optimizer = SGD()
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
    var optimizer = SGD()
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
    var optimizer = SGD()
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
    var optimizer = SGD()
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
    var optimizer = SGD()
    _ = try loop.run(model, on: examples(), optimizer: &optimizer)
    var change = model.parameters
    change.add(before, times: -1)
    // Weights of order 1 hold the change of 1e-3 to a few 1e-8 each.
    #expect(abs(change.norm() - 1e-3) < 1e-6)
  }

  @Test func theBestEpochIsTheMostRobustOne() throws {
    let model = try model()
    var optimizer = SGD()
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

  @Test func aCollapseEndsTheRunWithTheWeightsBefore() throws {
    let model = try model()
    var optimizer = SGD()
    let scores = Mutex([0.3, 0.4, 0.35, 0.1, 0.5])
    var ends: [Parameters] = []
    var loop = TrainingLoop(epochs: 5, batchSize: 8, learningRate: 0.1)
    loop.largestRobustnessLoss = 0.2
    let outcome = try loop.run(
      model, on: examples(), optimizer: &optimizer,
      robustAccuracy: { _ in scores.withLock { $0.removeFirst() } },
      observe: { if case .epoch = $0 { ends.append(model.parameters) } })
    #expect(outcome.collapsedEpoch == 4 && outcome.epochs.count == 4 && outcome.isComplete)
    #expect(model.parameters == ends[2])
    #expect(throws: TrainingError.self) { try loop.run(model, on: examples(), optimizer: &optimizer) }
  }

  @Test func settingsAreChecked() throws {
    var loops = Array(repeating: TrainingLoop(epochs: 1, learningRate: 0.1), count: 5)
    loops[0].gradientClipping = .norm(0)
    loops[1].gradientClipping = .value(.nan)
    loops[2].averaging = .exponential(decay: 1)
    loops[3].averaging = .stochastic(fromEpoch: -1)
    loops[4].augmentations = [.cutout(side: 0)]
    for loop in loops {
      var optimizer = SGD()
      #expect(throws: TrainingError.self) { try loop.run(model(), on: examples(), optimizer: &optimizer) }
    }
  }
}
