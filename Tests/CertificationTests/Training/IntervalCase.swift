import Certification
import Networks
import Reference
import TestSupport
import Testing

/// A small network for interval bounds, with weights and images.
struct IntervalCase: CustomTestStringConvertible {
  let testDescription: String
  let network: Network

  /// Images `[N, …]` with pixels from 0 to 1, some of them at the ends.
  func images(_ count: Int, seed: UInt64 = 3) -> Tensor<Double> {
    var stream = RandomSource(seed: seed).stream(.initialization)
    let shape = network.inputShape.batched(count)
    return Tensor(
      shape: shape, scalars: (0..<shape.count).map { _ in min(max(Double(stream.uniform()) * 1.4 - 0.2, 0), 1) })
  }

  func parameters(seed: UInt64 = 5) throws -> ParameterSet<Double> {
    try Parameters.initial(for: network, random: RandomSource(seed: seed)).double
  }

  /// The outputs of the interval network in double precision.
  func outputs(
    _ images: Tensor<Double>, _ parameters: ParameterSet<Double>, radius: Double
  ) throws -> Tensor<Double> {
    let intervals = try IntervalNetwork(of: network)
    return try ReferenceModel(
      network: intervals.network, parameters: intervals.parameters(from: parameters, radius: radius)
    ).logits(of: images)
  }

  /// The margins of one row of outputs.
  func margins(_ outputs: Tensor<Double>, row: Int) throws -> [Double] {
    Array(outputs.examples(row..<row + 1).scalars.dropFirst(try network.classCount()))
  }

  static let all = (try? make()) ?? []

  private static func make() throws -> [IntervalCase] {
    let relu = Operation.activation(.relu)
    func dense(_ outputs: Int) -> Operation { .dense(Dense(outputs: outputs)) }
    var residual = try Network(inputShape: [1, 6, 6])
    try residual.append(.affine(.normalization(mean: [0.3], deviation: [0.4])), named: "normalize")
    try residual.append(
      .convolution(Convolution(outputChannels: 3, kernel: Extent(3), padding: Edges(1))), named: "conv1")
    let first = try residual.append(relu, named: "relu1")
    try residual.append(
      .convolution(Convolution(outputChannels: 3, kernel: Extent(3), padding: Edges(1))), named: "conv2")
    let sum = try residual.append(.add, named: "sum", to: [residual.outputIndex, first])
    let second = try residual.append(.activation(.tanh), named: "tanh", to: [sum])
    try residual.append(.concatenate(axis: 0), named: "join", to: [second, first])
    try residual.append(.pooling(Pooling(.average(countsPadding: true), kernel: Extent(2))), named: "mean")
    try residual.append(.flatten(.channelsFirst), named: "flatten")
    try residual.append(dense(3), named: "logits")
    return [
      IntervalCase(
        testDescription: "colour, strides, groups, channels last",
        network: try .chain(
          .convolution(
            Convolution(
              outputChannels: 4, kernel: Extent(3, 2), stride: Extent(2),
              padding: Edges(top: 1, bottom: 0, left: 1, right: 2))),
          relu, .convolution(Convolution(outputChannels: 6, kernel: Extent(2), groups: 2)), relu,
          .flatten(.channelsLast), dense(5), .activation(.leakyReLU(slope: 0.1)), dense(4), from: [3, 6, 5])),
      IntervalCase(
        testDescription: "max-pooling, channels first",
        network: try .chain(
          .convolution(Convolution(outputChannels: 2, kernel: Extent(3))), relu,
          .pooling(Pooling(.max, kernel: Extent(3), stride: Extent(2), padding: Edges(1))), .flatten(.channelsFirst),
          dense(3), from: [1, 7, 7])),
      IntervalCase(testDescription: "normalised, residual, joined", network: residual),
      IntervalCase(
        testDescription: "transposed, no last dense layer",
        network: try .chain(
          .transposedConvolution(
            TransposedConvolution(outputChannels: 3, kernel: Extent(3), stride: Extent(2), padding: Edges(1))),
          .activation(.sigmoid), .cropping(Edges(1)), .zeroPadding(Edges(top: 1, bottom: 0, left: 0, right: 2)),
          .upsampling(Upsampling(factor: Extent(2))),
          .convolution(Convolution(outputChannels: 3, kernel: Extent(2), stride: Extent(2))),
          .globalPooling(GlobalPooling(.average)), from: [2, 4, 4])),
      IntervalCase(
        testDescription: "vectors", network: try .chain(dense(7), relu, dense(6), relu, dense(4), from: [5])),
      IntervalCase(
        testDescription: "flattened colour",
        network: try .chain(.flatten(.channelsFirst), dense(6), relu, dense(3), from: [3, 3, 2])),
    ]
  }
}
