import Certification
import Compute
import Foundation
import Networks
import Reference
import TestSupport
import Testing
import Training

/// A network with single-precision weights and a mini-batch, for losses written out in double precision.
struct TrainingCase: CustomTestStringConvertible {
  let testDescription: String
  let item: IntervalCase
  var parameters: Parameters

  init(_ description: String, _ network: Network) throws {
    testDescription = description
    item = IntervalCase(testDescription: description, network: network)
    parameters = Parameters(try item.parameters().tensors.mapValues(\.float))
  }

  /// Networks that backward bounds pass through.
  static let all = (try? make()) ?? []

  private static func make() throws -> [TrainingCase] {
    let relu = Networks.Operation.activation(.relu)
    func dense(_ outputs: Int) -> Networks.Operation { .dense(Dense(outputs: outputs)) }
    func convolution(_ channels: Int, _ kernel: Extent, stride: Int = 1, padding: Edges = Edges(), groups: Int = 1)
      -> Networks.Operation
    {
      .convolution(
        Convolution(
          outputChannels: channels, kernel: kernel, stride: Extent(stride), padding: padding, groups: groups))
    }
    var residual = try Network(inputShape: [2, 7, 6])
    try residual.append(.affine(.normalization(mean: [0.3, 0.5], deviation: [0.4, 0.2])), named: "normalize")
    try residual.append(convolution(4, Extent(3), padding: Edges(1)), named: "conv1")
    let first = try residual.append(relu, named: "relu1")
    try residual.append(convolution(4, Extent(3), padding: Edges(1), groups: 2), named: "conv2")
    let sum = try residual.append(.add, named: "sum", to: [residual.outputIndex, first])
    try residual.append(relu, named: "relu2", to: [sum])
    // One row and one column of the input are not reached.
    try residual.append(
      convolution(3, Extent(2, 3), stride: 2, padding: Edges(top: 0, bottom: 0, left: 0, right: 0)), named: "conv3")
    try residual.append(relu, named: "relu3")
    try residual.append(.flatten(.channelsLast), named: "flatten")
    try residual.append(dense(5), named: "dense1")
    try residual.append(relu, named: "relu4")
    try residual.append(dense(3), named: "logits")
    return [
      try TrainingCase("residual, strided, grouped, normalised", residual),
      try TrainingCase(
        "vectors, ReLU of the input, no last dense layer",
        .chain(relu, dense(8), relu, dense(6), relu, dense(3), relu, from: [5])),
      try TrainingCase(
        "flattened with channels first",
        .chain(
          convolution(3, Extent(3), stride: 2, padding: Edges(top: 1, bottom: 0, left: 1, right: 0)), relu,
          .flatten(.channelsFirst), dense(7), relu, dense(4), from: [1, 8, 8])),
    ]
  }

  /// The node of the images as the first layer sees them.
  var root: Int { item.network.nodes[1].name == "normalize" ? 1 : 0 }

  func batch(count: Int, epoch: Double) throws -> Minibatch {
    let ids = (0..<count).map { 10 + 3 * $0 }
    let classes = try item.network.classCount()
    return Minibatch(
      examples: try LabelledImages(
        images: item.images(count).float, labels: (0..<count).map { $0 % classes }, ids: ids),
      context: TrainingContext(seed: 5, step: 3, exampleIDs: ids), epoch: epoch, epochs: 70)
  }

  func model(threads: Int = 1) throws -> CompiledModel {
    try CompiledModel(network: item.network, parameters: parameters, workers: Workers(count: threads))
  }

  /// Cross-entropy of logits relative to the label's.
  static func crossEntropy(_ logits: [Double], _ label: Int) -> Double {
    log(logits.reduce(0) { $0 + exp($1 - logits[label]) })
  }

  /// Loss and gradient of a pass against a loss of the weights in double precision.
  ///
  /// Weights are moved in single precision, and count by how much they really moved. The step is small because the losses
  /// have steps, where a neuron begins to be always on or changes its lower line. The pass in single precision leaves some
  /// 1e-5 of sums of a hundred terms.
  func check(_ pass: ObjectivePass, count: Int, loss: (Parameters) throws -> Double) throws {
    let expected = try loss(parameters)
    #expect(
      abs(pass.lossSum / Double(count) - expected) < 2e-5 * expected, "\(pass.lossSum / Double(count)) \(expected)")
    var stream = RandomSource(seed: 29).stream(.initialization)
    for _ in 0..<4 {
      var (there, back, slope, scale) = (parameters, parameters, 0.0, 0.0)
      for (key, gradient) in pass.gradients.tensors.sorted(by: { $0.key < $1.key }) {
        let weights = try #require(parameters.tensors[key])
        let direction = gradient.scalars.map { _ in 1e-6 * stream.normal() }
        let further = zip(weights.scalars, direction).map { $0 + $1 }
        let nearer = zip(weights.scalars, direction).map { $0 - $1 }
        for (place, number) in gradient.scalars.enumerated() {
          let step = (Double(further[place]) - Double(nearer[place])) / 2
          slope += Double(number) * step
          scale += abs(Double(number) * step)
        }
        there.tensors[key] = Tensor(shape: weights.shape, scalars: further)
        back.tensors[key] = Tensor(shape: weights.shape, scalars: nearer)
      }
      let difference = (try loss(there) - loss(back)) / 2
      #expect(abs(difference - slope) < 1e-4 * scale, "\(difference) against \(slope) of \(scale)")
    }
  }
}
