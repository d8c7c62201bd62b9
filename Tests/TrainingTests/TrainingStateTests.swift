import Compute
import Networks
import Synchronization
import Testing
import Training

/// Runs that are stopped and continued.
@Suite struct TrainingStateTests {
  /// Carries a tensor from mini-batch to mini-batch, and moves the images by it.
  private final class Carrying: TrainingObjective {
    let replays: Int
    private let carried = Mutex<Tensor<Float>?>(nil)

    init(replays: Int) {
      self.replays = replays
    }

    var memory: Tensor<Float>? {
      get { carried.withLock { $0 } }
      set { carried.withLock { $0 = newValue } }
    }

    func pass(through model: some TrainableClassifier, over batch: Minibatch) throws -> ObjectivePass {
      let shift = memory?.scalars.first ?? 0
      memory = Tensor(shape: [1], scalars: [0.5 * shift + 0.01])
      let moved = Tensor(
        shape: batch.examples.images.shape, scalars: batch.examples.images.scalars.map { $0 + shift })
      return try StandardObjective().pass(through: model, over: batch.replacingImages(moved))
    }
  }

  private struct Stopped: Error {}

  private func examples(seed: UInt64 = 1) throws -> LabelledImages {
    var stream = RandomSource(seed: seed).stream(.data)
    let labels = (0..<22).map { $0 % 3 }
    let scalars = labels.flatMap { label in (0..<4).map { (($0 == label) ? 1 : 0) + 0.3 * stream.normal() } }
    return try LabelledImages(images: Tensor(shape: [22, 1, 2, 2], scalars: scalars), labels: labels)
  }

  /// With batch normalisation and dropout, which have state and randomness of their own.
  private func model() throws -> CompiledModel {
    var network = try Network(inputShape: [1, 2, 2])
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 6)), named: "hidden")
    try network.append(.batchNormalization(BatchNormalization()), named: "norm")
    try network.append(.dropout(rate: 0.25), named: "dropout")
    try network.append(.dense(Dense(outputs: 3)), named: "logits")
    return try CompiledModel(
      network: network, parameters: Parameters.initial(for: network, random: RandomSource(seed: 4)))
  }

  private func loop(_ averaging: WeightAveraging?, _ selection: EpochChoice) -> TrainingLoop {
    var loop = TrainingLoop(
      epochs: 4, batchSize: 7, learningRate: 0.05, schedule: CosineSchedule(), seed: 3, selection: selection)
    loop.averaging = averaging
    loop.augmentations = [PixelNoise(deviation: 0.1), HorizontalFlip()]
    loop.gradientClipping = .norm(1)
    return loop
  }

  /// Every fourth epoch is the best: neither the last nor the first.
  private func robustness(_ calls: Int) -> Double { [0.2, 0.6, 0.5, 0.4][calls % 4] }

  private func run(
    _ loop: TrainingLoop, _ optimizer: some Optimizer, replays: Int, continuing state: TrainingState? = nil,
    stopAfter updates: Int? = nil
  ) throws -> (model: CompiledModel, outcome: TrainingOutcome?, states: [TrainingState]) {
    let model = try model()
    var optimizer = optimizer
    var states: [TrainingState] = []
    var left = updates ?? .max
    let measured = Mutex(state?.epochs.count ?? 0)
    let checkpoints = TrainingCheckpoints(isDue: { true }, save: { states.append($0) })
    do {
      let outcome = try loop.run(
        model, on: examples(), validation: examples(seed: 2), objective: Carrying(replays: replays),
        optimizer: &optimizer, continuing: state,
        robustAccuracy: { _ in
          measured.withLock { count in
            defer { count += 1 }
            return robustness(count)
          }
        },
        // Of the mini-batch alone, so that it does not matter how often it was asked before.
        batchRobustAccuracy: { _, batch in
          batch.ids.contains(collapseID) && measured.withLock { $0 } >= 2 ? 0 : 1
        },
        checkpoints: checkpoints,
        observe: { event in
          guard case .update = event else { return }
          left -= 1
          if left < 0 { throw Stopped() }
        })
      return (model, outcome, states)
    } catch is Stopped {
      return (model, nil, states)
    }
  }

  @Test(
    arguments: [
      (nil, .last, Adam()), (.exponential(decay: 0.8), .bestRobust, SGD()),
      (.exponential(decay: 0.8), .last, Nadam()), (.stochastic(fromEpoch: 1), .last, AdamW()),
      (nil, .bestClean, RMSProp()),
    ] as [(WeightAveraging?, EpochChoice, any Optimizer)])
  func aContinuedRunGivesTheSameBits(
    averaging: WeightAveraging?, selection: EpochChoice, fresh: any Optimizer
  ) throws {
    let loop = loop(averaging, selection)
    func run(_ state: TrainingState?, _ updates: Int?) throws -> (CompiledModel, TrainingOutcome?, [TrainingState]) {
      func opened(_ optimizer: some Optimizer) throws -> (CompiledModel, TrainingOutcome?, [TrainingState]) {
        try self.run(loop, optimizer, replays: 3, continuing: state, stopAfter: updates)
      }
      return try opened(fresh)
    }
    let whole = try run(nil, nil)
    // 4 mini-batches of 3 updates: the state after every update, and one more before the first and after every epoch.
    #expect(whole.2.count == 4 * 12 + 5)
    for stop in [0, 1, 5, 11, 12, 13, 31, 47] {
      let part = try run(nil, stop)
      let rest = try run(part.2.last, nil)
      #expect(rest.0.parameters == whole.0.parameters, "after \(stop) updates")
      #expect(rest.2.last?.optimizer == whole.2.last?.optimizer)
      #expect(rest.1?.epochs.map(\.trainingLoss) == whole.1?.epochs.map(\.trainingLoss))
      #expect(rest.1?.epochs.map(\.trainingAccuracy) == whole.1?.epochs.map(\.trainingAccuracy))
      #expect(rest.1?.bestEpoch == whole.1?.bestEpoch)
    }
    if selection == .bestRobust { #expect(whole.1?.bestEpoch == 2) }
  }

  @Test func aRunThatIsOverStaysOver() throws {
    let loop = loop(nil, .bestRobust)
    let whole = try run(loop, SGD(momentum: 0), replays: 1)
    let again = try run(loop, SGD(momentum: 0), replays: 1, continuing: whole.states.last)
    #expect(again.model.parameters == whole.model.parameters && again.states.isEmpty)
    #expect(again.outcome?.epochs == whole.outcome?.epochs && again.outcome?.bestEpoch == 2)
  }

  @Test func aCollapseIsRemembered() throws {
    var loop = loop(nil, .last)
    loop.largestRobustnessLoss = 0.05
    let whole = try run(loop, SGD(momentum: 0), replays: 1)
    let collapse = try #require(whole.outcome?.collapse)
    #expect(collapse.epoch == 3 && collapse.restoredEpoch <= 3)
    for stop in [0, 3, 8, 9, 10, 11] {
      let part = try run(loop, SGD(momentum: 0), replays: 1, stopAfter: stop)
      let rest = try run(loop, SGD(momentum: 0), replays: 1, continuing: part.states.last)
      #expect(rest.outcome?.collapse == collapse && rest.model.parameters == whole.model.parameters, "\(stop)")
      #expect(rest.outcome?.epochs.map(\.trainingLoss) == whole.outcome?.epochs.map(\.trainingLoss))
    }
  }

  /// The image whose mini-batch is found to have collapsed, from the third epoch on.
  private let collapseID = 5

  /// What fails goes back to the weights of the epoch before, also where it was stopped within the epoch that fails.
  @Test func divergenceGoesBackToTheLastEpoch() throws {
    func broken(_ state: TrainingState?, stopAfter updates: Int?) throws -> (
      CompiledModel, TrainingOutcome?, [TrainingState], [Parameters]
    ) {
      struct Breaking: TrainingObjective {
        func pass(through model: some TrainableClassifier, over batch: Minibatch) throws -> ObjectivePass {
          var pass = try StandardObjective().pass(through: model, over: batch)
          if batch.context.step == 10 { pass.gradients["logits", .bias]?.withUnsafeMutableScalars { $0[0] = 3e38 } }
          return pass
        }
      }
      let model = try model()
      var optimizer = SGD(momentum: 0)
      var (states, ends): ([TrainingState], [Parameters]) = ([], [])
      var left = updates ?? .max
      let loop = TrainingLoop(epochs: 4, batchSize: 7, learningRate: 10, seed: 3)
      let outcome = try loop.run(
        model, on: examples(), objective: Breaking(), optimizer: &optimizer, continuing: state,
        checkpoints: TrainingCheckpoints(isDue: { true }) { states.append($0) },
        isCancelled: {
          left -= 1
          return left < 0
        },
        observe: { if case .epoch = $0 { ends.append(model.parameters) } })
      return (model, outcome, states, ends)
    }
    let whole = try broken(nil, stopAfter: nil)
    guard case .diverged("logits/bias", 3, 3, 10)? = whole.1?.divergence else {
      Issue.record("\(String(describing: whole.1?.divergence))")
      return
    }
    #expect(whole.1?.epochs.count == 2 && whole.1?.isComplete == false && whole.0.parameters == whole.3[1])
    let part = try broken(nil, stopAfter: 9)
    let rest = try broken(part.2.last, stopAfter: nil)
    #expect(rest.1?.divergence == whole.1?.divergence && rest.0.parameters == whole.0.parameters)
  }

  /// Weights that are finite, and outputs that are not.
  @Test func outputsThatOverflowAreDivergence() throws {
    let model = try model()
    let before = model.parameters
    struct Enormous: TrainingObjective {
      func pass(through model: some TrainableClassifier, over batch: Minibatch) throws -> ObjectivePass {
        var pass = try StandardObjective().pass(through: model, over: batch)
        for key in pass.gradients.tensors.keys {
          pass.gradients.tensors[key]?.withUnsafeMutableScalars { for i in $0.indices { $0[i] = 3e37 } }
        }
        return pass
      }
    }
    var optimizer = SGD(momentum: 0)
    #expect(throws: TrainingError.diverged(quantity: "an output", epoch: 1, update: 1, learningRate: 1)) {
      try TrainingLoop(epochs: 1, batchSize: 22, learningRate: 1)
        .run(model, on: examples(), objective: Enormous(), optimizer: &optimizer)
    }
    #expect(model.parameters == before)
  }

  @Test func cancellingKeepsTheState() throws {
    let model = try model()
    var optimizer = SGD(momentum: 0.9)
    var states: [TrainingState] = []
    let updates = Mutex(0)
    let outcome = try loop(nil, .last).run(
      model, on: examples(), optimizer: &optimizer, checkpoints: TrainingCheckpoints { states.append($0) },
      isCancelled: { updates.withLock { $0 == 6 } },
      observe: { if case .update = $0 { updates.withLock { $0 += 1 } } })
    #expect(!outcome.isComplete && outcome.epochs.count == 1)
    // Before the first update, after the first epoch, and when it was cancelled.
    #expect(states.map(\.optimizer.updates) == [0, 4, 6] && states.map(\.progress.updates) == [0, 0, 2])
    #expect(states.last?.parameters == model.parameters)
  }
}
