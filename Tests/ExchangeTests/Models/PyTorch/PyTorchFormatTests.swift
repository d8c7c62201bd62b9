import Exchange
import HDF5
import Networks
import Testing

/// Weights that differ from tensor to tensor and from scalar to scalar.
private func distinctParameters(of network: Network) -> Parameters {
  var parameters = Parameters()
  for (index, specification) in network.parameterSpecifications.enumerated() {
    // Variances and the like must be above 0; a third is exact in no binary format.
    let scalars = (0..<specification.shape.count).map { Float(index + 1) / 3 + Float($0) / 1024 }
    parameters.tensors[specification.key] = Tensor(shape: specification.shape, scalars: scalars)
  }
  return parameters
}

/// Every operation with parameters.
private func everyParameter() throws -> Network {
  var network = try Network(inputShape: [4, 6, 6])
  try network.append(.affine(Affine()), named: "normalize")
  try network.append(
    .convolution(Convolution(outputChannels: 8, kernel: Extent(3, 2), groups: 2)), named: "block1/conv")
  try network.append(.batchNormalization(BatchNormalization()), named: "bn")
  try network.append(.parametricReLU(ParametricReLU()), named: "prelu")
  try network.append(
    .transposedConvolution(TransposedConvolution(outputChannels: 6, kernel: Extent(2), groups: 2)), named: "up")
  try network.append(.groupNormalization(GroupNormalization(groups: 3)), named: "gn")
  try network.append(.layerNormalization(LayerNormalization(axes: [1, 2])), named: "ln")
  try network.append(.affine(Affine(isTrainable: true, hasShift: false)), named: "stage.0.layer_scale")
  try network.append(.flatten(.channelsFirst), named: "flatten")
  try network.append(.dense(Dense(outputs: 3, hasBias: false)), named: "fc")
  return network
}

@Test(arguments: ["torch_lenet_flat", "torch_lenet_nested", "torch_lenet_dataparallel", "torch_lenet_statedict_group"])
func leNetFixturesGiveTheirOutputs(name: String) throws {
  guard let path = SharedFiles.path("fixtures/\(name).h5"), let io = SharedFiles.path("fixtures/torch_lenet.io.h5")
  else { return }
  let expected = try ExpectedOutputs(io)
  let byName = try PyTorchFormat.read(path, network: PyTorchNetworks.leNet())
  // What was taken off the names is said in one line.
  #expect(
    byName.notes.count <= 1 && byName.notes.allSatisfy { "\($0)".hasPrefix("names are those of the file behind '") })
  try expected.expectAgreement(byName)
  // Under other names every tensor has a shape of its own.
  let byShape = try PyTorchFormat.read(path, network: PyTorchNetworks.leNet(names: ["a", "b", "c", "d", "e"]))
  #expect(byShape.notes.contains { "\($0)".contains("layers found by shape and order, not by name: a is conv1, ") })
  try expected.expectAgreement(byShape)
}

@Test func softmaxFixtureGivesItsProbabilities() throws {
  guard let path = SharedFiles.path("fixtures/torch_softmax.h5"),
    let io = SharedFiles.path("fixtures/torch_softmax.io.h5")
  else { return }
  let expected = try ExpectedOutputs(io)
  #expect(expected.areProbabilities)
  try expected.expectAgreement(try PyTorchFormat.read(path, network: PyTorchNetworks.softmax()))
  // Names that stand for other modules of the file do not fit by shape, so shapes decide.
  try expected.expectAgreement(try PyTorchFormat.read(path, network: PyTorchNetworks.softmax(names: ["3", "1"])))
}

@Test func resNetFixtureGivesItsOutputs() throws {
  guard let path = SharedFiles.path("fixtures/torch_resnet18_flat.h5"),
    let io = SharedFiles.path("fixtures/torch_resnet18.io.h5")
  else { return }
  let expected = try ExpectedOutputs(io)
  try expected.expectAgreement(try PyTorchFormat.read(path, network: PyTorchNetworks.resNet18()))
  try expected.expectAgreement(
    try PyTorchFormat.read(path, network: PyTorchNetworks.resNet18(renamed: { "my/" + $0 }), map: resNetMap()))
  // A prefix of the network's own names needs no map.
  try expected.expectAgreement(try PyTorchFormat.read(path, network: PyTorchNetworks.resNet18(renamed: { "my/" + $0 })))
}

/// Every module under its own name, as a map.
private func resNetMap() throws -> TensorMap {
  let network = try PyTorchNetworks.resNet18()
  let modules = Set(network.parameterSpecifications.map(\.key.node))
  return TensorMap(Dictionary(uniqueKeysWithValues: modules.map { ("my/" + $0, $0) }))
}

@Test func whatIsWrittenReadsBackToTheBit() throws {
  let network = try everyParameter()
  let parameters = distinctParameters(of: network)
  let directory = try TemporaryDirectory()
  let path = directory.path + "/model.h5"
  try PyTorchFormat.write(network, parameters, to: path)
  let model = try PyTorchFormat.read(path, network: network)
  #expect(model.parameters == parameters)
  #expect(model.notes.isEmpty)
  #expect(try PyTorchFormat.architecture(of: path) == network)
  let names = try File(reading: path).root.children().map(\.path)
  #expect(
    names == [
      "block1.conv.bias", "block1.conv.weight", "bn.bias", "bn.num_batches_tracked", "bn.running_mean",
      "bn.running_var", "bn.weight", "fc.weight", "gn.bias", "gn.weight", "ln.bias", "ln.weight", "normalize.bias",
      "normalize.weight", "prelu.weight", "stage.0.layer_scale", "up.bias", "up.weight",
    ])
  #expect(try File(reading: path).root.dataset("stage.0.layer_scale").shape == [6, 1, 1])
}

@Test func nodesThatWouldShareANameAreNotWritten() throws {
  var network = try Network(inputShape: [2])
  try network.append(.dense(Dense(outputs: 2)), named: "a/b")
  try network.append(.dense(Dense(outputs: 2)), named: "a.b")
  let directory = try TemporaryDirectory()
  let error = try #require(throws: ExchangeError.self) {
    try PyTorchFormat.write(network, distinctParameters(of: network), to: directory.path + "/model.h5")
  }
  #expect(error.kind == .cannotWrite)
  #expect(error.message.hasSuffix("found 'a/b' and 'a.b'"))
  #expect(directory.names.isEmpty)
}

@Test func filesThatHoldNoTensors() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/blob.h5"
  try File.write(atomicallyTo: path) { root in
    try root.write("state_dict", [0x80, 0x02] as [UInt8])
    try root.write("lr", [0.1], shape: [])
  }
  let error = try #require(throws: ExchangeError.self) {
    try PyTorchFormat.read(path, network: PyTorchNetworks.softmax())
  }
  #expect(error.kind == .content)
  #expect(error.message == "expected arrays of floating-point numbers, found lr, state_dict")
  #expect(try PyTorchFormat.architecture(of: path) == nil)
}

@Test func infiniteWeightsAreRefused() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/model.h5"
  try File.write(atomicallyTo: path) { root in
    // Too large for single precision.
    try root.write("1.weight", [Double](repeating: 1e300, count: 192), shape: [16, 12])
    try root.write("1.bias", [Double](repeating: 0, count: 16))
    try root.write("3.weight", [Double](repeating: 0, count: 64), shape: [4, 16])
    try root.write("3.bias", [Double](repeating: 0, count: 4))
  }
  let error = try #require(throws: ExchangeError.self) {
    try PyTorchFormat.read(path, network: PyTorchNetworks.softmax())
  }
  #expect(error.message == "Node '1': expected finite values in weight, found NaN or infinity.")
}
