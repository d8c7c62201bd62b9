import Certification
import Compute
import Networks
import Reference
import TestSupport
import Testing
import Training

@Suite struct NormalizedPassTests {
  /// Normalisations behind convolutions and dense layers, with biases and without, in a residual network; some scales are
  /// negative.
  private func normalizedCase() throws -> TrainingCase {
    let relu = Networks.Operation.activation(.relu)
    var network = try Network(inputShape: [2, 6, 6])
    try network.append(
      .convolution(Convolution(outputChannels: 4, kernel: Extent(3), padding: Edges(1), hasBias: false)),
      named: "conv1")
    try network.append(.batchNormalization(BatchNormalization(epsilon: 1e-3)), named: "bn1")
    let first = try network.append(relu, named: "relu1")
    try network.append(
      .convolution(Convolution(outputChannels: 4, kernel: Extent(3), padding: Edges(1))), named: "conv2")
    let second = try network.append(.batchNormalization(BatchNormalization(hasShift: false)), named: "bn2")
    try network.append(.add, named: "sum", to: [second, first])
    try network.append(relu, named: "relu2")
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 6)), named: "dense1")
    try network.append(.batchNormalization(BatchNormalization(hasScale: false)), named: "bn3")
    try network.append(relu, named: "relu3")
    try network.append(.dense(Dense(outputs: 3)), named: "logits")
    var item = try TrainingCase("batch normalisation", network)
    item.parameters["bn1", .scale] = Tensor(shape: [4], scalars: [1.2, -0.7, 0.4, 0.9])
    item.parameters["bn2", .scale] = Tensor(shape: [4], scalars: [-0.5, 1.1, 0.8, 0.3])
    item.parameters["bn1", .shift] = Tensor(shape: [4], scalars: [0.1, 0.3, -0.2, 0])
    return item
  }

  /// Logits in training mode, and the parameters with this mini-batch's mean and biased variance.
  private func frozen(
    _ network: Network, _ parameters: ParameterSet<Double>, _ images: Tensor<Double>
  ) throws -> (logits: Tensor<Double>, parameters: ParameterSet<Double>) {
    let count = images.exampleCount
    let pass = try ReferenceModel(network: network, parameters: parameters).trainingPass(
      at: images, context: TrainingContext(seed: 1, step: 0, exampleIDs: Array(0..<count))
    ) { Tensor(shape: $0.shape) }
    var parameters = parameters
    for (key, values) in pass.batchStatistics.tensors {
      let area = key.node == "bn3" ? 1 : 36
      let share = key.role == .variance ? 1 - 1 / Double(count * area) : 1
      parameters.tensors[key] = Tensor(shape: values.shape, scalars: values.scalars.map { $0 * share })
    }
    return (pass.logits, parameters)
  }

  /// Bounds with the statistics of the clean images, and everything that depends on the weights through these.
  @Test func lossAndGradientAreThoseOfTheStatisticsOfTheBatch() throws {
    let item = try normalizedCase()
    let batch = try item.batch(count: 7, epoch: 15)
    let ramp = RadiusRamp(radius: 0.06, rampEpochs: 30, warmUpEpochs: 0, shape: .linear)
    let pass = try IntervalBoundTraining(ramp, finalKappa: 0.4).objective().pass(through: item.model(), over: batch)
    let (network, images) = (item.item.network, batch.examples.images.double)
    try item.check(pass, count: 7) { parameters in
      let (logits, frozen) = try frozen(network, parameters.double, images)
      let plain = PlainIntervals(network: network, parameters: frozen)
      return try batch.examples.labels.enumerated().reduce(0) { sum, row in
        let margins = try plain.margins(
          around: images.examples(row.offset..<row.offset + 1).scalars, radius: Double(Float(0.06) / 2))
        let worst = (0..<3).map { -margins[row.element * 3 + $0] }
        let clean = logits.examples(row.offset..<row.offset + 1).scalars
        return sum
          + (0.7 * TrainingCase.crossEntropy(clean, row.element)
            + 0.3 * TrainingCase.crossEntropy(worst, row.element)) / 7
      }
    }
    // The running statistics move as in plain training.
    let plain = try StandardObjective().pass(through: item.model(), over: batch)
    #expect(pass.batchStatistics == plain.batchStatistics)
  }

  /// Several shards, with regularisers and backward bounds.
  @Test func threadsChangeNothing() throws {
    let item = try normalizedCase()
    let batch = try item.batch(count: 70, epoch: 15)
    let ramp = RadiusRamp(radius: 0.06, rampEpochs: 30, warmUpEpochs: 0, shape: .linear, regularization: 0.5)
    for method in [IntervalBoundTraining(ramp), CrownIntervalTraining(ramp)] as [any IntervalTraining] {
      func pass(_ threads: Int) throws -> ObjectivePass {
        try method.objective(workers: Workers(count: threads)).pass(through: item.model(threads: threads), over: batch)
      }
      let (one, two) = (try pass(1), try pass(2))
      #expect(one.gradients == two.gradients && one.lossSum == two.lossSum)
      #expect(
        Set(one.gradients.tensors.keys)
          == Set(item.item.network.parameterSpecifications.filter(\.isTrainable).map(\.key)))
    }
  }

  @Test func normalizationElsewhereIsRefused() throws {
    let network = try Network.chain(
      .batchNormalization(BatchNormalization()), .flatten(.channelsFirst), .dense(Dense(outputs: 3)), from: [1, 4, 4])
    let model = try CompiledModel(
      network: network, parameters: .initial(for: network, random: RandomSource(seed: 1)))
    let error = #expect(throws: NetworkError.self) {
      try IntervalModel(of: model, pixels: 0...1)
    }
    #expect(error?.expected.contains("right behind") == true)
  }
}
