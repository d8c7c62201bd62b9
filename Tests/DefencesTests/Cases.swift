import Compute
import Defences
import Networks
import Reference
import Testing
import Training

/// A small smooth network with images, seen by the engine in single and by the oracle in double precision.
struct Case {
  let network: Network
  let parameters: Parameters
  let model: CompiledModel
  let batch: Minibatch

  /// With batch normalisation there is something for training mode to change.
  init(isNormalized: Bool, count: Int = 6, workers: Int = 1, epoch: Double = 0, step: Int = 3) throws {
    var network = try Network(inputShape: [1, 4, 4])
    try network.append(
      .convolution(Convolution(outputChannels: 4, kernel: Extent(3), padding: Edges(1))), named: "conv")
    if isNormalized { try network.append(.batchNormalization(BatchNormalization()), named: "norm") }
    try network.append(.activation(.tanh), named: "tanh")
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 3)), named: "logits")
    self.network = network
    parameters = try Parameters.initial(for: network, random: RandomSource(seed: 2), initializer: .heNormal)
    model = try CompiledModel(network: network, parameters: parameters, workers: Workers(count: workers))
    var stream = RandomSource(seed: 7).stream(.data)
    let images = Tensor<Float>(
      shape: [count, 1, 4, 4], scalars: (0..<count * 16).map { _ in stream.uniform() })
    let ids = (0..<count).map { 10 + 3 * $0 }
    batch = Minibatch(
      examples: try LabelledImages(images: images, labels: (0..<count).map { $0 % 3 }, ids: ids),
      context: TrainingContext(seed: 5, step: step, exampleIDs: ids), epoch: epoch, epochs: 10)
  }

  var labels: [Int] { batch.examples.labels }
  var images: Tensor<Float> { batch.examples.images }

  /// Logits of the oracle in training mode.
  func trainingLogits(_ images: Tensor<Float>, _ parameters: ParameterSet<Double>) throws -> Tensor<Double> {
    let oracle = try ReferenceModel(network: network, parameters: parameters)
    var context = batch.context
    context.exampleIDs = Array(0..<images.exampleCount)
    return oracle.activations(of: images.double, mode: .training(context))[network.outputIndex]
  }

  /// Compares a pass with a loss written in double precision: the mean, and slopes along random directions of the
  /// weights by two-sided differences.
  ///
  /// The differences have errors of order h² = 1e-8 and 1e-16 / h = 1e-12; the pass computes slopes of order 1 to 10 in
  /// single precision, from sums of some hundred terms: 2e-4 of the loss' size unless given. A missing term is of order
  /// 0.1.
  func check(
    _ pass: ObjectivePass, tolerance: Double = 2e-4, meanLoss: (ParameterSet<Double>) throws -> Double
  ) throws {
    let count = Double(batch.examples.count)
    let expected = try meanLoss(parameters.double)
    #expect(
      abs(pass.lossSum / count - expected) <= 1e-4 * max(1, abs(expected)),
      "loss \(pass.lossSum / count), not \(expected)")
    let trained = Set(network.parameterSpecifications.filter(\.isTrainable).map(\.key))
    #expect(Set(pass.gradients.tensors.keys) == trained)
    for direction in 0..<6 {
      var ahead = parameters.double
      var behind = ahead
      var slope = 0.0
      for (lane, key) in trained.sorted().enumerated() {
        guard let tensor = parameters.tensors[key], let gradient = pass.gradients.tensors[key] else { continue }
        var stream = RandomSource(seed: 1).stream(.check, step: direction, lane: lane)
        let change = tensor.scalars.map { _ in Double(stream.normal()) }
        slope += zip(gradient.scalars, change).reduce(0) { $0 + Double($1.0) * $1.1 }
        func moved(_ sign: Double) -> Tensor<Double> {
          Tensor(shape: tensor.shape, scalars: zip(tensor.scalars, change).map { Double($0) + sign * 1e-4 * $1 })
        }
        ahead.tensors[key] = moved(1)
        behind.tensors[key] = moved(-1)
      }
      let numeric = try (meanLoss(ahead) - meanLoss(behind)) / 2e-4
      let difference = abs(slope - numeric)
      #expect(difference <= tolerance * max(1, abs(numeric)), "slope \(slope), not \(numeric)")
    }
  }
}

extension Tensor<Double> {
  /// Softmax of every row.
  var probabilities: [[Double]] {
    (0..<exampleCount).map { row in
      let logits = scalars[row * exampleSize..<(row + 1) * exampleSize]
      let powers = logits.map { exponential($0 - (logits.max() ?? 0)) }
      return powers.map { $0 / powers.reduce(0, +) }
    }
  }
}

func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

/// −log p of the labels.
func crossEntropies(_ logits: Tensor<Double>, _ labels: [Int]) -> [Double] {
  zip(logits.probabilities, labels).map { -logarithm($0[$1]) }
}

func divergence(_ p: [Double], _ q: [Double]) -> Double {
  zip(p, q).reduce(0) { $0 + $1.0 * (logarithm($1.0) - logarithm($1.1)) }
}

/// Whether every point is in ball and box, by the slack of single precision.
func expectInside(_ points: Tensor<Float>, _ images: Tensor<Float>, _ threat: ThreatModel) {
  #expect(points.shape == images.shape)
  #expect(threat.distances(from: images, to: points).allSatisfy { $0 <= threat.radius * 1.000001 })
  #expect(threat.bounds.contains(points))
}
