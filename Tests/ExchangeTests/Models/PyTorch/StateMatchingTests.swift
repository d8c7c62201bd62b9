import CZlib
import Exchange
import Foundation
import HDF5
import Networks
import Testing

/// A chain of dense layers of 2 inputs and outputs.
private func chain(_ names: String...) throws -> Network {
  var network = try Network(inputShape: [2])
  for name in names { try network.append(.dense(Dense(outputs: 2, hasBias: false)), named: name) }
  return network
}

/// A file with these arrays: values 1, 1, … for the first, 2, 2, … for the second.
private struct Weights {
  let directory: TemporaryDirectory
  let path: String

  init(_ arrays: (name: String, shape: [Int])...) throws {
    directory = try TemporaryDirectory()
    path = directory.path + "/weights.h5"
    try File.write(atomicallyTo: path) { root in
      for (index, array) in arrays.enumerated() {
        let values = [Float](repeating: Float(index + 1), count: Shape(array.shape).count)
        try root.write(array.name, values, shape: array.shape)
      }
    }
  }

  func read(_ network: Network, _ map: [String: String] = [:]) throws(ExchangeError) -> ImportedModel {
    try PyTorchFormat.read(path, network: network, map: TensorMap(map))
  }

  /// The value with which each parameter was filled, in the order of the nodes.
  func values(_ network: Network, _ map: [String: String] = [:]) throws -> [Float] {
    let model = try read(network, map)
    return network.parameterSpecifications.compactMap { model.parameters.tensors[$0.key]?.scalars.first }
  }

  func message(_ network: Network, _ map: [String: String] = [:]) throws -> String {
    try #require(throws: ExchangeError.self) { try read(network, map) }.message
  }
}

private let square = [2, 2]

@Test func numbersOrderModulesOfOnePattern() throws {
  let weights = try Weights(("layers.10.weight", square), ("layers.2.weight", square), ("layers.9.weight", square))
  #expect(try weights.values(chain("a", "b", "c")) == [2, 3, 1])
}

@Test func namesComeBeforeOrder() throws {
  let weights = try Weights(("fc1.weight", square), ("fc2.weight", square), ("fc3.weight", square))
  #expect(try weights.values(chain("fc3", "fc1", "fc2")) == [3, 1, 2])
  // What names leave is in order.
  #expect(try weights.values(chain("fc3", "x", "y")) == [3, 1, 2])
}

@Test func modulesOfDifferentPatternsAreAmbiguous() throws {
  let weights = try Weights(("first.weight", square), ("second.weight", square))
  let message = try weights.message(chain("a", "b"))
  #expect(
    message == "expected one tensor for each parameter, by name, or by shape and order, found no single way to match "
      + "a/weight 2×2, b/weight 2×2 of the network with first.weight 2×2, second.weight 2×2 of the file; "
      + "a map resolves it (--map), with lines such as 'a/weight first.weight'")
  #expect(try weights.values(chain("a", "b"), ["a": "second", "b/weight": "first.weight"]) == [2, 1])
  // One that is mapped leaves the other without a rival.
  #expect(try weights.values(chain("a", "b"), ["a/weight": "second/weight"]) == [2, 1])
}

@Test func surplusIsRefusedWhereNamesDoNotSuffice() throws {
  let weights = try Weights(("fc.weight", square), ("aux.weight", [3, 2]))
  #expect(try weights.read(chain("fc")).notes == ["not used: aux.weight"])
  #expect(try weights.message(chain("other")).contains("nothing of the network with aux.weight 3×2 of the file"))
  let missing = try Weights(("fc.weight", square)).message(chain("fc", "fc2"))
  #expect(missing.contains("match fc2/weight 2×2 of the network with nothing of the file"))
}

@Test func biasesThatTheNetworkHasNotDoNotFit() throws {
  let weights = try Weights(("fc.weight", square), ("fc.bias", [2]))
  #expect(try weights.message(chain("fc")).contains("fc/weight 2×2 of the network with fc.bias 2, fc.weight 2×2"))
  // A shape that differs is said of the one tensor, not of all.
  let other = try Weights(("a.weight", square), ("fc.weight", [3, 2]))
  #expect(
    try other.message(chain("a", "fc"))
      == "expected weights of this architecture, found fc/weight is 2×2 in the network and 3×2 in the file")
}

@Test(arguments: ["module.", "model.", "state_dict/", "model/state_dict/", "_orig_mod.module.", "net.backbone."])
func wrappersAreTakenOff(prefix: String) throws {
  let weights = try Weights((prefix + "fc1.weight", square), (prefix + "fc2.weight", square))
  #expect(try weights.values(chain("fc2", "fc1")) == [2, 1])
  // The names of the network may have kept the wrapper.
  let dotted = prefix.replacing("/", with: ".")
  #expect(try weights.values(chain(dotted + "fc2", dotted + "fc1")) == [2, 1])
}

@Test func aWrapperOfSomeNamesIsPartOfThem() throws {
  let weights = try Weights(("model.fc.weight", square), ("head.weight", square))
  #expect(try weights.values(chain("head", "model.fc")) == [2, 1])
}

@Test func companionsOfACheckpointAreLeftOut() throws {
  let weights = try Weights(
    ("model.fc1.weight", square), ("model.fc2.weight", square), ("optimizer/state/0/exp_avg", square),
    ("lr", []), ("epoch", []))
  #expect(try weights.values(chain("fc2", "fc1")) == [2, 1])
}

@Test func countersAreIgnored() throws {
  var network = try Network(inputShape: [2])
  try network.append(.batchNormalization(BatchNormalization()), named: "bn")
  let directory = try TemporaryDirectory()
  let path = directory.path + "/weights.h5"
  try File.write(atomicallyTo: path) { root in
    for (index, name) in ["weight", "bias", "running_mean", "running_var"].enumerated() {
      try root.write("norm.\(name)", [Float](repeating: Float(index + 1), count: 2))
    }
    try root.write("norm.num_batches_tracked", [7 as Int64], shape: [])
  }
  let model = try PyTorchFormat.read(path, network: network)
  #expect(network.parameterSpecifications.map { model.parameters.tensors[$0.key]?.scalars.first } == [1, 2, 3, 4])
}

@Test func normalisationBuffersBecomeAnAffineMap() throws {
  var network = try Network(inputShape: [2, 1, 1])
  try network.append(.affine(Affine()), named: "normalize")
  try network.append(.flatten(.channelsFirst), named: "flatten")
  try network.append(.dense(Dense(outputs: 2, hasBias: false)), named: "fc")
  let directory = try TemporaryDirectory()
  let path = directory.path + "/weights.h5"
  for (mean, deviation) in [("mu", "sigma"), ("mean", "std"), ("normalize.mean", "normalize.std")] {
    try File.write(atomicallyTo: path) { root in
      try root.write(mean, [0.5, 0.25] as [Float], shape: [1, 2, 1, 1])
      try root.write(deviation, [0.25, 2] as [Float], shape: [1, 2, 1, 1])
      try root.write("fc.weight", [1, 2, 3, 4] as [Float], shape: square)
    }
    let model = try PyTorchFormat.read(path, network: network)
    #expect(model.parameters["normalize", .scale]?.scalars == [4, 0.5])
    #expect(model.parameters["normalize", .shift]?.scalars == [-2, -0.125])
    #expect(
      model.notes == ["images are normalised by mean 0.5, 0.25 and std 0.25, 2.0, as the file has it (\(mean))"])
  }
}

/// Code that normalises outside of the model leaves nothing of it in the file.
@Test func aNormalisationThatTheNetworkStatesNeedsNoTensors() throws {
  func network(_ payload: Affine) throws -> Network {
    var network = try Network(inputShape: [2, 1, 1])
    try network.append(.affine(payload), named: "normalize")
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 2, hasBias: false)), named: "fc")
    return network
  }
  let stated = try network(Affine(initialScale: [4, 2], initialShift: [-1]))
  let weights = try Weights(("fc.weight", square), ("aux.weight", [3, 2]))
  let model = try weights.read(stated)
  #expect(model.parameters["normalize", .scale]?.scalars == [4, 2])
  #expect(model.parameters["normalize", .shift]?.scalars == [-1, -1])
  #expect(
    model.notes == ["normalize is as the architecture states it, for the file has none", "not used: aux.weight"])
  // The file's own come first.
  let own = try Weights(("fc.weight", square), ("normalize.weight", [2]), ("normalize.bias", [2]))
  #expect(try own.values(stated) == [2, 3, 1])
  // Nothing says how these images are normalised.
  #expect(try weights.message(network(Affine())).contains("normalize/scale 2, normalize/shift 2"))
}

/// A factor in the code of a network, such as that of a residual branch, is in no file; the file's own normalisation of
/// the images is not taken for it.
@Test func factorsThatTheNetworkStatesNeedNoTensors() throws {
  var network = try Network(inputShape: [2, 1, 1])
  try network.append(.flatten(.channelsFirst), named: "flatten")
  try network.append(.dense(Dense(outputs: 2, hasBias: false)), named: "fc")
  try network.append(.affine(Affine(initialScale: [0.25])), named: "scale")
  try network.append(.add, named: "add", to: [2, 3])
  let weights = try Weights(("fc.weight", square))
  let model = try weights.read(network)
  #expect(model.parameters["scale", .scale]?.scalars == [0.25, 0.25])
  #expect(model.parameters["scale", .shift]?.scalars == [0, 0])
  #expect(model.notes.isEmpty)
  let directory = try TemporaryDirectory()
  let path = directory.path + "/weights.h5"
  try PyTorchFormat.write(model.network, model.parameters, to: path)
  #expect(try File(reading: path).root.children().map(\.path) == ["fc.weight"])
  #expect(try PyTorchFormat.read(path, network: network).parameters == model.parameters)
  // Other values than those stated are written, and read again.
  var other = model.parameters
  other.tensors[ParameterKey("scale", .shift)] = Tensor(shape: [2], scalars: [0, 1])
  try PyTorchFormat.write(model.network, other, to: path)
  #expect(try PyTorchFormat.read(path, network: network).parameters == other)
  try File.write(atomicallyTo: path) { root in
    try root.write("mean", [0.5, 0.25] as [Float], shape: [1, 2, 1, 1])
    try root.write("std", [0.25, 2] as [Float], shape: [1, 2, 1, 1])
    try root.write("fc.weight", [1, 2, 3, 4] as [Float], shape: square)
  }
  let normalized = try PyTorchFormat.read(path, network: network)
  #expect(normalized.network.inputNormalization == 1)
  #expect(normalized.parameters["scale", .scale]?.scalars == [0.25, 0.25])
}

/// Torchvision's ConvNeXt: dense layers that are 1×1 convolutions here, and a scale that is no module.
@Test func layerScalesAndDenseLayersOverChannelsGoByName() throws {
  var network = try Network(inputShape: [2, 2, 2])
  let convolution = Convolution(outputChannels: 2, kernel: Extent(1), hasBias: false)
  for block in ["a", "b"] {
    try network.append(.convolution(convolution), named: "\(block).block.1")
    try network.append(.affine(Affine(isTrainable: true, hasShift: false)), named: "\(block).layer_scale")
  }
  let weights = try Weights(
    ("b.layer_scale", [2, 1, 1]), ("b.block.1.weight", square), ("a.layer_scale", [2, 1, 1]),
    ("a.block.1.weight", square))
  #expect(try weights.values(network) == [4, 3, 2, 1])
  #expect(try weights.read(network).notes.isEmpty)
  let wrapped = try Weights(
    ("model/b.layer_scale", [2]), ("model/b.block.1.weight", [2, 2, 1, 1]), ("model/a.layer_scale", [2]),
    ("model/a.block.1.weight", square))
  #expect(try wrapped.values(network) == [4, 3, 2, 1])
}

@Test func mapsMustNameWhatThereIs() throws {
  let weights = try Weights(("first.weight", square), ("second.weight", square))
  let network = try chain("a", "b")
  #expect(
    try weights.message(network, ["c/weight": "first.weight"])
      == "expected a map for parameters of the network, such as a/weight, b/weight, found 'c/weight'")
  #expect(
    try weights.message(network, ["a/weight": "third.weight"])
      == "expected the tensor third.weight, which the map gives for a/weight, found first.weight, second.weight")
  #expect(
    try weights.message(network, ["a": "third"])
      == "expected the tensor third.weight, which the map gives for a, found first.weight, second.weight")
}

@Test func mapsStateTheAxesOfPlainArrays() throws {
  var network = try Network(inputShape: [2, 3, 3])
  try network.append(.convolution(Convolution(outputChannels: 3, kernel: Extent(2, 1), hasBias: false)), named: "conv")
  try network.append(.flatten(.channelsFirst), named: "flatten")
  try network.append(.dense(Dense(outputs: 2, hasBias: false)), named: "fc")
  let directory = try TemporaryDirectory()
  let path = directory.path + "/weights.h5"
  try File.write(atomicallyTo: path) { root in
    // H×W×I×O: scalar number ((h·1 + w)·2 + i)·3 + o.
    try root.write("layers/W1", (0..<12).map(Float.init), shape: [2, 1, 2, 3])
    try root.write("layers/W2", (0..<36).map(Float.init), shape: [18, 2])
  }
  let map = ["conv/weight": "layers/W1@HWIO", "fc/weight": "layers.W2@IO"]
  let model = try PyTorchFormat.read(path, network: network, map: TensorMap(map))
  #expect(model.parameters["conv", .weight]?.scalars == [0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11])
  let transposed = stride(from: 0, to: 36, by: 2).map(Float.init) + stride(from: 1, to: 36, by: 2).map(Float.init)
  #expect(model.parameters["fc", .weight]?.scalars == transposed)
  let error = try #require(throws: ExchangeError.self) {
    try PyTorchFormat.read(
      path, network: network, map: TensorMap(["conv/weight": "layers/W1", "fc/weight": "layers.W2@IO"]))
  }
  #expect(error.message == "expected conv/weight of shape 3×2×2×1, found the shape 2×1×2×3")
}

@Test func matlabArraysRunTheOtherWay() throws {
  var network = try Network(inputShape: [2, 3, 3])
  try network.append(.convolution(Convolution(outputChannels: 3, kernel: Extent(2, 3))), named: "conv")
  try network.append(.flatten(.channelsFirst), named: "flatten")
  try network.append(.dense(Dense(outputs: 2)), named: "fc")
  let directory = try TemporaryDirectory()
  let path = directory.path + "/weights.mat"
  try File.write(atomicallyTo: path) { root in
    // In MATLAB H×W×I×O = 2×3×2×3, 1×1×3, O×I = 2×6, 2×1; in the file the axes are reversed.
    for (name, shape) in [
      ("conv/Weights", [3, 2, 3, 2]), ("conv/Bias", [3, 1, 1]), ("fc/Weights", [6, 2]), ("fc/Bias", [1, 2]),
    ] {
      try root.write(name, (0..<Shape(shape).count).map(Float.init), shape: shape)
        .attributes.set("MATLAB_class", to: "single", layout: .fixed)
    }
  }
  let model = try PyTorchFormat.read(path, network: network)
  // The first filter: rows of the 3×2 planes in the file are its columns.
  let weight: [Float] = [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]
  #expect(model.parameters["conv", .weight]?.scalars.prefix(12) == weight[...])
  #expect(model.parameters["conv", .bias]?.scalars == [0, 1, 2])
  #expect(model.parameters["fc", .weight]?.scalars == [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11])
  #expect(model.parameters["fc", .bias]?.scalars == [0, 1])
}

/// A file of h5py 3.16 with `track_order=True`: zeta.weight (2×2, all 1), alpha.weight (all 2), mid.weight (all 3), in
/// this order; compressed with zlib, in base 64.
private let orderedFile =
  "eNrr9HBx4+WS4mLm4GCAgf9QYAAVMoCKfy59/MLfwyWIiWcLkxJYhJkZTQs64GJiYATJs8mBSEYWmBXcVakliXrlqZnpGSXvoWJs"
  + "8hA1jFA+T2JOQQZM0W+oKJssRBETVBFXbmYKVAk7zDFCDFjBiy8sDmDnMzIwMqowMDAxMTLCjMFFM4swMAoqyDNAHK7AIM7BIF4P"
  + "ZLEC/cXMxQG0iZmRARpMAjCLFjAMevArP72RFmEhMATDgoOj8zQtwkJhCIZFo8nsFIZRMApGwUgBDfaomMEBFTugYABlg09s"

/// Creation order is the order of a chain's layers, and says nothing about branches.
@Test func orderOfCreationCountsInChains() throws {
  let directory = try TemporaryDirectory()
  var size: UInt = 2096
  var bytes = [UInt8](repeating: 0, count: Int(size))
  let packed = try #require(Data(base64Encoded: orderedFile))
  #expect(uncompress(&bytes, &size, Array(packed), UInt(packed.count)) == Z_OK)
  let path = try directory.write("ordered.h5", bytes)
  let network = try chain("a", "b", "c")
  let model = try PyTorchFormat.read(path, network: network)
  #expect(network.parameterSpecifications.map { model.parameters.tensors[$0.key]?.scalars.first } == [1, 2, 3])
  #expect(
    model.notes == ["3 layers found by shape and order, not by name: a is zeta, b is alpha, c is mid"])
  var branches = try Network(inputShape: [2])
  for name in ["a", "b", "c"] {
    try branches.append(.dense(Dense(outputs: 2, hasBias: false)), named: name, to: [0])
  }
  try branches.append(.add, named: "add", to: [1, 2, 3])
  #expect(throws: ExchangeError.self) { try PyTorchFormat.read(path, network: branches) }
}
