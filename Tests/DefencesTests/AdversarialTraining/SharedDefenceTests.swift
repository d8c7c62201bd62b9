import Compute
import Defences
import Hyperparameters
import Networks
import TestSupport
import Testing
import Training

/// Every method trains the same network by several ranks as by one, bit for bit.
@Suite struct SharedDefenceTests {
  private static func examples(_ count: Int, seed: UInt64) throws -> LabelledImages {
    var stream = RandomSource(seed: seed).stream(.data)
    let scalars = (0..<count * 36).map { _ in stream.uniform() }
    return try LabelledImages(
      images: Tensor(shape: [count, 1, 6, 6], scalars: scalars), labels: (0..<count).map { $0 % 3 })
  }

  /// The weights and accuracies after one epoch of three updates, the last of them small.
  private static func train(_ name: String, _ ranks: any Ranks) throws -> (Parameters, [Double?]) {
    let workers = Workers(count: 1 + ranks.own % 2, ranks: ranks)
    var network = try Network(inputShape: [1, 6, 6])
    try network.append(.convolution(Convolution(outputChannels: 3, kernel: Extent(3))), named: "convolution")
    // Two methods want a network that is the same in training.
    if name != "grad-align", name != "input-gradient" {
      try network.append(.batchNormalization(BatchNormalization()), named: "norm")
    }
    try network.append(.activation(.relu), named: "relu")
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 3)), named: "logits")
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 4))
    let model = try CompiledModel(network: network, parameters: parameters, workers: workers)
    var preset = try Preset.named(name, for: [1, 6, 6])
    preset.loop.epochs = 1
    preset.loop.batchSize = 140
    if name != "gaussian" { preset.loop.augmentations = [] }
    let source = try CompiledModel(network: network, parameters: parameters)
    let plan = try TrainingPlan(
      .defence(preset), pixels: PixelBox(0...1), sources: name == "ensemble" ? [source] : [],
      validation: examples(11, seed: 8), attack: ValidationAttack(steps: 2, count: 7), workers: workers)
    let outcome = try plan.run(model, on: examples(300, seed: 6))
    return (model.parameters, outcome.epochs.flatMap { [$0.trainingLoss, $0.validationAccuracy, $0.robustAccuracy] })
  }

  @Test(arguments: DefenceCatalog.methods.map { $0.method.name }) func weightsDoNotDependOnRanks(name: String) throws {
    let alone = try Self.train(name, OneRank())
    for (parameters, figures) in try ThreadRanks.run(3, { try Self.train(name, $0) }) {
      #expect(parameters == alone.0)
      #expect(figures == alone.1)
    }
  }
}
