import Compute
import Exchange
import HDF5
import Networks
import TestSupport
import Testing

/// Networks that flatten as Keras does, written for PyTorch, which does it otherwise.
@Suite struct ChannelsFirstTests {
  private let directory: TemporaryDirectory
  private let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.path + "/model.h5"
  }

  private func flattened() throws -> Network {
    var network = try Network(inputShape: [3, 2, 4])
    try network.append(.flatten(.channelsLast), named: "flatten")
    return network
  }

  /// Weights that are all different, and the logits of some images.
  private func example(of network: Network) throws -> (
    parameters: Parameters, images: Tensor<Float>, logits: Tensor<Float>
  ) {
    var stream = RandomSource(seed: 2).stream(.check)
    var parameters = Parameters()
    for specification in network.parameterSpecifications {
      let scalars = (0..<specification.shape.count).map { _ in 0.5 + stream.uniform() }
      parameters.tensors[specification.key] = Tensor(shape: specification.shape, scalars: scalars)
    }
    let shape = network.inputShape.batched(5)
    let images = Tensor<Float>(shape: shape, scalars: (0..<shape.count).map { _ in stream.uniform() - 0.5 })
    return (parameters, images, try CompiledModel(network: network, parameters: parameters).logits(of: images))
  }

  @Test func theFileFlattensAsPyTorchDoesAndGivesTheSameLogits() throws {
    var network = try flattened()
    try network.append(.batchNormalization(BatchNormalization()), named: "bn")
    try network.append(.parametricReLU(ParametricReLU()), named: "prelu")
    try network.append(.dropout(rate: 0.5), named: "dropout")
    try network.append(.layerNormalization(LayerNormalization(axes: [0])), named: "ln")
    try network.append(.add, named: "add", to: [3, 5])
    try network.append(.dense(Dense(outputs: 7)), named: "hidden")
    try network.append(.activation(.relu), named: "relu")
    try network.append(.dense(Dense(outputs: 4)), named: "logits")
    let (parameters, images, logits) = try example(of: network)
    #expect(try PyTorchFormat.write(network, parameters, to: path).isEmpty)
    let written = try #require(try PyTorchFormat.architecture(of: path))
    #expect(written.nodes[1].operation == .flatten(.channelsFirst))
    let model = try PyTorchFormat.read(path, network: written)
    let found = try CompiledModel(network: written, parameters: model.parameters).logits(of: images)
    // Sums of 24 products in another order: a few units in the last place.
    #expect(relativeDifference(found.double, from: logits.double) < 1e-6)
    #expect(model.parameters["hidden", .weight] != parameters["hidden", .weight])
    #expect(model.parameters["logits", .weight] == parameters["logits", .weight])
    // Every bit is still there.
    #expect(
      model.parameters.tensors.mapValues { $0.scalars.sorted() } == parameters.tensors.mapValues { $0.scalars.sorted() }
    )
  }

  @Test func whatCannotBeRearrangedStaysWithANote() throws {
    var softmax = try flattened()
    try softmax.append(.softmax, named: "softmax")
    var mixed = try flattened()
    try mixed.append(.flatten(.channelsFirst), named: "other", to: [0])
    try mixed.append(.add, named: "add", to: [1, 2])
    try mixed.append(.dense(Dense(outputs: 4)), named: "logits")
    for network in [try flattened(), softmax, mixed] {
      let (parameters, _, _) = try example(of: network)
      let notes = try PyTorchFormat.write(network, parameters, to: path)
      #expect(notes.first?.contains("permute(0, 2, 3, 1)") ?? false)
      #expect(try PyTorchFormat.architecture(of: path) == network)
      guard !parameters.tensors.isEmpty else { continue }
      #expect(try PyTorchFormat.read(path, network: network).parameters == parameters)
    }
  }

  /// A state dictionary of PyTorch beside the JSON of a Keras model: nobody's weights expect H, W, C there.
  @Test func theArchitectureOfKerasIsReadAsPyTorchFlattens() throws {
    let json = directory.path + "/keras.json"
    let text = KerasText.sequential([
      KerasText.input([2, 4, 3]), KerasText.layer("Flatten", "flatten", "\"data_format\": \"channels_last\""),
      KerasText.layer("Dense", "dense", "\"units\": 4"),
    ])
    try directory.write("keras.json", Array(text.utf8))
    var network = try Network(inputShape: [3, 2, 4])
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 4)), named: "dense")
    let (parameters, _, _) = try example(of: network)
    try PyTorchFormat.write(network, parameters, to: path)
    let (model, notes) = try ModelRequest(path: path, architecture: json).read()
    #expect(model.network.nodes.map(\.operation) == network.nodes.map(\.operation))
    #expect(model.parameters["dense", .weight] == parameters["dense", .weight])
    #expect(notes.contains { "\($0)".contains("flattened channels first") })
  }
}
