import Compute
import Exchange
import HDF5
import Networks
import Reference
import TestSupport
import Testing

/// Writing and reading again.
struct KerasFormatTests {
  private static let written: [(KerasFormat, String)] = [
    (.legacyModel, "m.h5"), (.archive, "m.keras"), (.weights, "m.weights.h5"), (.legacyWeights, "m_w.h5"),
  ]

  /// Writes a model in a format and reads it again, with its architecture where the file has none.
  private func again(
    _ network: Network, _ parameters: Parameters, _ format: KerasFormat, _ name: String,
    in directory: TemporaryDirectory
  ) throws -> ImportedModel {
    let path = "\(directory.path)/\(name)"
    try KerasFormat.write(network, parameters, to: path, as: format)
    #expect(try KerasFormat.kind(of: path) == format)
    let json = try KerasFormat.architecture(of: network, parameters)
    let architecture = try directory.write("m.json", Array(json.utf8))
    return try KerasFormat.read(path, architecture: format.hasArchitecture ? nil : architecture)
  }

  /// Weights differ from 0, 1 and each other; variances are positive.
  private func parameters(of network: Network) -> Parameters {
    var parameters = Parameters()
    for (number, specification) in network.parameterSpecifications.enumerated() {
      let isVariance = specification.key.role == .variance
      let scalars = (0..<specification.shape.count).map { index in
        let value = Float((index * 7 + number * 5 + 3) % 23) / 23
        return isVariance ? value + 0.5 : value - 0.45
      }
      parameters.tensors[specification.key] = Tensor(shape: specification.shape, scalars: scalars)
    }
    return parameters
  }

  private func logits(_ network: Network, _ parameters: Parameters) throws -> Tensor<Double> {
    let model = try ReferenceModel(network: network, parameters: parameters.double)
    return model.logits(of: .pattern(network.inputShape.batched(2)))
  }

  /// Every operation that Keras has a layer for, with the options that take a detour.
  static let chains: [(String, Shape, [Networks.Operation])] = [
    (
      "convolutions", [3, 9, 8],
      [
        .convolution(Convolution(outputChannels: 4, kernel: Extent(3, 2), padding: Edges(1))),
        .convolution(
          Convolution(
            outputChannels: 8, kernel: Extent(3), padding: Edges(2), dilation: Extent(2), groups: 2, hasBias: false)),
        .convolution(Convolution(outputChannels: 16, kernel: Extent(2), stride: Extent(2), groups: 8)),
        .flatten(.channelsFirst), .dense(Dense(outputs: 3)),
      ]
    ),
    (
      "transposed", [2, 4, 5],
      [
        .transposedConvolution(TransposedConvolution(outputChannels: 3, kernel: Extent(3), stride: Extent(2))),
        .transposedConvolution(
          TransposedConvolution(
            outputChannels: 2, kernel: Extent(3, 4), stride: Extent(2), padding: Edges(1), outputPadding: Extent(0, 1))),
        .transposedConvolution(
          TransposedConvolution(outputChannels: 2, kernel: Extent(2), stride: Extent(3), outputPadding: Extent(2))),
        .cropping(Edges(top: 1, bottom: 0, left: 2, right: 3)), .globalPooling(GlobalPooling(.average)),
      ]
    ),
    (
      "poolings", [2, 13, 14],
      [
        .activation(.relu), .pooling(Pooling(.max, kernel: Extent(3), stride: Extent(2), padding: Edges(1))),
        .pooling(Pooling(.average(countsPadding: true), kernel: Extent(2), stride: Extent(1), padding: Edges(1))),
        .pooling(
          Pooling(
            .average(countsPadding: false), kernel: Extent(3), stride: Extent(1), padding: Edges(1))),
        .activation(.sigmoid), .pooling(Pooling(.max, kernel: Extent(2), roundsUp: true)),
        .upsampling(Upsampling(factor: Extent(2, 1))), .upsampling(Upsampling(factor: Extent(2), method: .bilinear)),
        .globalPooling(GlobalPooling(.max, keepsAxes: true)), .flatten(.channelsLast),
      ]
    ),
    (
      "normalisations", [4, 5, 6],
      [
        .affine(Affine()), .affine(Affine(isTrainable: true, hasShift: false)),
        .batchNormalization(BatchNormalization(hasScale: false)),
        .layerNormalization(LayerNormalization(axes: [0, 2])),
        .layerNormalization(LayerNormalization(axes: [0, 1, 2], epsilon: 1e-3, hasShift: false)),
        .groupNormalization(GroupNormalization(groups: 2)), .flatten(.channelsLast),
        .batchNormalization(BatchNormalization(epsilon: 1e-3, hasShift: false)),
        .layerNormalization(LayerNormalization(axes: [0])), .dense(Dense(outputs: 3, hasBias: false)),
      ]
    ),
    (
      "activations", [2, 3, 4],
      [
        .activation(.relu6), .activation(.leakyReLU(slope: 0.1)), .activation(.elu(alpha: 0.7)), .activation(.selu),
        .activation(.gelu(approximate: false)), .activation(.silu), .activation(.hardSwish),
        .activation(.hardSigmoid(slope: 1 / 6)), .activation(.hardSigmoid(slope: 0.2)), .activation(.tanh),
        .activation(.softplus), .parametricReLU(ParametricReLU()), .parametricReLU(ParametricReLU(isShared: true)),
        .softmax, .flatten(.channelsFirst), .parametricReLU(ParametricReLU()),
      ]
    ),
    (
      "arrangement", [2, 4, 6],
      [
        .zeroPadding(Edges(top: 1, bottom: 0, left: 0, right: 2)), .permute([2, 0, 1]),
        .reshape(Reshape(to: [4, 5, 4])), .reshape(Reshape(to: [8, 10], order: .channelsLast)),
        .reshape(Reshape(to: [2, 5, 8], order: .channelsLast)), .dropout(rate: 0.25), .flatten(.channelsFirst),
      ]
    ),
  ]

  @Test(arguments: chains.indices, written.indices)
  func chainsComeBack(_ chain: Int, _ format: Int) throws {
    let (_, shape, operations) = Self.chains[chain]
    var network = try Network(inputShape: shape)
    for (index, operation) in operations.enumerated() { try network.append(operation, named: "n\(index)") }
    let parameters = parameters(of: network)
    let model = try again(
      network, parameters, Self.written[format].0, Self.written[format].1, in: try TemporaryDirectory())
    let error = relativeDifference(
      try logits(model.network, model.parameters), from: try logits(network, parameters))
    // The oracle computes both in double precision; only the detours round, to single precision: 6e-8 a few times.
    #expect(error < 1e-6, "logits differ by \(error)")
    expectSameWeights(model, network, parameters)
  }

  /// Every parameter comes back to the bit, whatever its node is called now.
  private func expectSameWeights(_ model: ImportedModel, _ network: Network, _ parameters: Parameters) {
    let found = Set(model.parameters.tensors.values.map(\.scalars))
    for (key, tensor) in parameters.tensors {
      #expect(found.contains(tensor.scalars), "\(key) is not the same")
    }
  }

  /// Joins and a softmax that was taken off; the layers of one class must keep their order for Keras.
  @Test(arguments: written.indices)
  func graphsComeBack(_ format: Int) throws {
    var network = try Network(inputShape: [3, 6, 6])
    let convolution = { (channels: Int) in
      Networks.Operation.convolution(Convolution(outputChannels: channels, kernel: Extent(3), padding: Edges(1)))
    }
    let a = try network.append(convolution(4), named: "a/1")
    let b = try network.append(convolution(4), named: "b", to: [0])
    let c = try network.append(convolution(4), named: "c", to: [b])
    let sum = try network.append(.add, named: "sum", to: [a, c])
    let gate = try network.append(.globalPooling(GlobalPooling(.average, keepsAxes: true)), named: "gate", to: [a])
    let product = try network.append(.multiply, named: "product", to: [sum, gate])
    try network.append(.concatenate(axis: 0), named: "all", to: [product, a, sum])
    try network.append(.flatten(.channelsLast), named: "flat")
    try network.append(.dense(Dense(outputs: 5)), named: "logits")
    network.hadFinalSoftmax = true
    let parameters = parameters(of: network)
    let model = try again(
      network, parameters, Self.written[format].0, Self.written[format].1, in: try TemporaryDirectory())
    #expect(model.network.hadFinalSoftmax)
    #expect(relativeDifference(try logits(model.network, model.parameters), from: try logits(network, parameters)) == 0)
    expectSameWeights(model, network, parameters)
  }

  /// The fast engine takes what was read.
  @Test func importedModelsRun() throws {
    guard let fixture = KerasFixture.readable.first(where: { $0.file == "k3_nested.keras" }) else { return }
    let model = try fixture.model()
    let expected = try fixture.expectation()
    let compiled = try CompiledModel(network: model.network, parameters: model.parameters)
    let error = relativeDifference(try compiled.logits(of: expected.images.float).double, from: expected.outputs)
    #expect(error < 1e-5, "logits differ by \(error)")
  }

  /// What Keras cannot do is said with the node's name, and nothing is written.
  @Test func operationsThatKerasLacks() throws {
    let directory = try TemporaryDirectory()
    let operations: [Networks.Operation] = [
      .activation(.gelu(approximate: true)),
      .upsampling(Upsampling(factor: Extent(2), method: .bilinearAlignedCorners)),
      .transposedConvolution(TransposedConvolution(outputChannels: 4, kernel: Extent(3), groups: 2)),
      .convolution(Convolution(outputChannels: 4, kernel: Extent(2), stride: Extent(2), dilation: Extent(2))),
      .pooling(Pooling(.max, kernel: Extent(3), stride: Extent(2), padding: Edges(1))),
    ]
    for operation in operations {
      let network = try Network.chain(operation, from: [2, 8, 8])
      let error = #expect(throws: ExchangeError.self) {
        try KerasFormat.write(network, parameters(of: network), to: "\(directory.path)/m.keras", as: .archive)
      }
      #expect(error?.kind == .cannotWrite)
      #expect(error?.object == "node '\(operation.kindName)1' (\(operation.kindName))")
    }
    #expect(directory.names.isEmpty)
  }

  @Test func otherFilesAreNotRecognised() throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/data.h5"
    try File.write(atomicallyTo: path) { try $0.write("images", [Float](repeating: 0, count: 4)) }
    #expect(try KerasFormat.kind(of: path) == nil)
    #expect(try KerasFormat.kind(of: directory.path) == nil)
    #expect(try KerasFormat.kind(of: try directory.write("a.json", Array("{\"weights\": 1}".utf8))) == nil)
    #expect(throws: ExchangeError.self) { try KerasFormat.kind(of: "\(directory.path)/nothing") }
  }
}
