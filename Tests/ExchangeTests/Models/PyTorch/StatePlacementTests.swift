import Exchange
import HDF5
import Networks
import Testing

/// Two dense layers and a layer scale, of shapes that shape and order alone could not tell apart.
private func network(prefix: String = "") throws -> Network {
  var network = try Network(inputShape: [2])
  try network.append(.dense(Dense(outputs: 2)), named: prefix + "fc2")
  try network.append(.affine(Affine(isTrainable: true, hasShift: false)), named: prefix + "block.layer_scale")
  try network.append(.dense(Dense(outputs: 2)), named: prefix + "fc1")
  return network
}

/// The tensors of that network with values of their own.
private func tensors(_ start: Float = 1) -> [(name: String, shape: [Int], values: [Float])] {
  let shapes = [("fc1.bias", [2]), ("fc1.weight", [2, 2]), ("fc2.bias", [2]), ("fc2.weight", [2, 2])]
  var tensors = shapes.enumerated().map { index, tensor in
    (tensor.0, tensor.1, (0..<Shape(tensor.1).count).map { start + Float(10 * index + $0) })
  }
  tensors.append(("block.layer_scale", [2, 1, 1], [start / 2, start / 4]))
  return tensors
}

private func write(_ path: String, _ sets: [(prefix: String, start: Float)], extra: [(String, [Int], [Float])] = [])
  throws
{
  try File.write(atomicallyTo: path) { root in
    for (prefix, start) in sets {
      for (name, shape, values) in tensors(start) { try root.write(prefix + name, values, shape: shape) }
    }
    for (name, shape, values) in extra { try root.write(name, values, shape: shape) }
  }
}

/// Prefixes that people's own classes, wrappers and exporters leave, and any other.
private let prefixes = [
  "resnet.", "basic_net.", "1.", "densenet121.", "module.", "model.", "_orig_mod.", "module.model.",
  "state_dict/resnet.",
  "net.0.module.", "a.b.c.d.e.", "encoder/", "x.1.2.",
]

@Test(arguments: prefixes)
func anyPrefixIsTakenOff(prefix: String) throws {
  let directory = try TemporaryDirectory()
  let (plain, prefixed) = (directory.path + "/plain.h5", directory.path + "/prefixed.h5")
  try write(plain, [("", 1)])
  try write(prefixed, [(prefix, 1)])
  let expected = try PyTorchFormat.read(plain, network: network())
  #expect(expected.notes.isEmpty)
  let found = try PyTorchFormat.read(prefixed, network: network())
  #expect(found.parameters == expected.parameters)
  #expect(found.notes == ["names are those of the file behind '\(prefix.replacing("/", with: "."))'"])
  // A network that was written down with the prefix, or with another one.
  let dotted = prefix.replacing("/", with: ".")
  for own in [dotted, "mine."] {
    for path in [plain, prefixed] {
      let read = try PyTorchFormat.read(path, network: network(prefix: own))
      #expect(
        read.parameters[own + "fc1", .weight] == expected.parameters["fc1", .weight], "\(own) \(path)")
    }
  }
}

/// MadryLab's robustness keeps the model twice.
@Test func equalCopiesAreIgnored() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/weights.h5"
  try write(path, [("module.model.", 1), ("module.attacker.model.", 1)])
  let model = try PyTorchFormat.read(path, network: network())
  #expect(model.parameters["fc1", .bias]?.scalars == [1, 2])
  #expect(
    model.notes == [
      "'module.attacker.model.' is a copy of 'module.model.' and is ignored",
      "names are those of the file behind 'module.model.'",
    ])
}

@Test func aSecondSetOfOtherValuesIsRefusedUnlessAMapChooses() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/weights.h5"
  try write(path, [("model.", 1), ("ema.", 2)])
  let error = try #require(throws: ExchangeError.self) { try PyTorchFormat.read(path, network: network()) }
  #expect(
    error.message == "expected one set of weights, found the same names behind 'ema.' and 'model.' with other values; "
      + "a map says which is meant: a line such as '* model.*'")
  let chosen = try PyTorchFormat.read(path, network: network(), map: TensorMap(["*": "model.*"]))
  #expect(chosen.parameters["fc1", .bias]?.scalars == [1, 2])
  let other = try PyTorchFormat.read(path, network: network(), map: TensorMap(["*": "ema.*"]))
  #expect(other.parameters["fc1", .bias]?.scalars == [2, 3])
}

@Test func mapsKnowPrefixes() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/weights.h5"
  try write(path, [("deep.inside/", 1)])
  let named = try PyTorchFormat.read(
    path, network: network(prefix: "mine/"), map: TensorMap(["mine/*": "deep.inside.*", "mine/fc2": "deep.inside.fc1"]))
  // The line about one module goes before that about all.
  #expect(named.parameters["mine/fc2", .bias]?.scalars == [1, 2])
  #expect(named.parameters["mine/fc1", .bias]?.scalars == [1, 2])
  let error = try #require(throws: ExchangeError.self) {
    try PyTorchFormat.read(path, network: network(), map: TensorMap(["*": "elsewhere.*"]))
  }
  #expect(error.message.hasPrefix("expected the tensor elsewhere.*, which the map gives for *, found "))
}

/// Of two nodes named alike in their last part the whole name decides.
@Test func endsOfNamesAreNotNames() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/weights.h5"
  try File.write(atomicallyTo: path) { root in
    for (index, name) in ["a.0", "b.0", "a.1"].enumerated() {
      try root.write("\(name).weight", [Float](repeating: Float(index), count: 4), shape: [2, 2])
    }
  }
  var network = try Network(inputShape: [2])
  for name in ["0", "1"] { try network.append(.dense(Dense(outputs: 2, hasBias: false)), named: name) }
  let model = try PyTorchFormat.read(path, network: network)
  #expect(model.parameters["0", .weight]?.scalars.first == 0)
  #expect(model.parameters["1", .weight]?.scalars.first == 2)
  #expect(model.notes == ["names are those of the file behind 'a.'", "not used: b.0.weight"])
}

/// Files of torchvision before 0.3 call the layers of a block `norm.1` and `conv.2`: hundreds of them, found by order and
/// shape, and said in one line.
@Test(arguments: ["", "densenet121."])
func oldNamesOfDenseNet(prefix: String) throws {
  let network = try Architectures.network("densenet121:growth=4", inputShape: [3, 32, 32], classCount: 10)
  let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 3))
  let directory = try TemporaryDirectory()
  let (new, old) = (directory.path + "/new.h5", directory.path + "/old.h5")
  try PyTorchFormat.write(network, parameters, to: new)
  let source = try File(reading: new).root
  try File.write(atomicallyTo: old) { root in
    for name in try source.children().map(\.path) {
      let dataset = try source.dataset(name)
      var changed = prefix + name
      for layer in ["norm1", "norm2", "conv1", "conv2"] {
        changed = changed.replacing(".\(layer).", with: ".\(layer.dropLast()).\(layer.suffix(1)).")
      }
      try root.write(changed, dataset.read(as: Float.self), shape: dataset.shape)
    }
  }
  let model = try PyTorchFormat.read(old, network: network)
  #expect(model.parameters == parameters)
  #expect(model.notes.count == (prefix.isEmpty ? 1 : 2), "\(model.notes)")
  #expect(model.notes.allSatisfy { "\($0)".utf8.count < 600 }, "\(model.notes)")
}
