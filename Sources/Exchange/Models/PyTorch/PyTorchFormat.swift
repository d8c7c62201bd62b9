public import Networks

/// State dictionaries of PyTorch: HDF5 with one array per tensor, or another container of tensors.
///
/// They hold weights alone, so a network is needed to read them. A file written as HDF5 is read in PyTorch by
/// `model.load_state_dict({name: torch.from_numpy(file[name][...]) for name in file})`, a safetensors file by
/// `model.load_state_dict(safetensors.torch.load_file(path))`.
public enum PyTorchFormat: Sendable {
  /// Reads the weights of a network; also of files by Chainer, MATLAB (v7.3) or plain h5py with similar names, and of
  /// any others with a map. A normalisation of the images that the file holds beside the weights becomes the network's.
  public static func read(
    _ path: String, network: Network, map: TensorMap = TensorMap()
  ) throws(ExchangeError) -> ImportedModel {
    try ForeignFile.refuse(path, as: .model)
    return try exchanging(path) {
      let state = try StateDictionary(path)
      guard !state.entries.isEmpty else {
        let found = state.ignored.isEmpty ? "an empty file" : state.ignored.prefix(8).joined(separator: ", ")
        throw ExchangeError(file: path, expected: "arrays of floating-point numbers", found: found)
      }
      let matching = try StateMatching(network: network, state: state, map: map)
      let network = matching.network
      var parameters = Parameters()
      for node in network.nodes.indices {
        for specification in network.parameterSpecifications(of: node) {
          guard let source = matching.sources[specification.key] else { continue }
          parameters.tensors[specification.key] = try source.read(
            specification, of: network.nodes[node].operation, file: path)
        }
      }
      return try ImportedModel(network: network, parameters: parameters, notes: state.notes + matching.notes)
    }
  }

  /// The numbers of classes that a file's weights may be for: the first extents of its vectors and matrices, the last
  /// layer's among them.
  static func possibleClassCounts(of path: String) throws(ExchangeError) -> [Int] {
    try exchanging(path) {
      let shapes = try StateDictionary(path).entries.map(\.shape).filter { [1, 2].contains($0.rank) }
      return Array(Set(shapes.map { $0[0] }.filter { (1...Self.mostClasses).contains($0) }).sorted().prefix(64))
    }
  }

  private static let mostClasses = 1 << 20

  /// The network stored in a state dictionary that AdvLab wrote; nil in others.
  public static func architecture(of path: String) throws(ExchangeError) -> Network? {
    try exchanging(path) {
      guard let text = try TensorContainers.open(path).architecture else { return nil }
      return try NetworkJSON.network(Array(text.utf8), file: path, object: "/@\(HDF5Weights.architectureAttribute)")
    }
  }

  /// Writes a state dictionary: one array per tensor, `conv1.weight`, `bn1.running_mean`; a slash in a node's name
  /// becomes a dot. A layer scale, which is a parameter and no module in PyTorch, goes by its node's name alone; a factor
  /// that is a number in PyTorch's code is left out. The network is stored beside them, where the form has a place for it.
  ///
  /// Images are flattened channels first, as `nn.Flatten` does it; weights that expect another order are rearranged.
  ///
  /// - Returns: Notes for the user, where that is not possible.
  @discardableResult
  public static func write(
    _ given: Network, _ weights: Parameters, to path: String
  ) throws(ExchangeError) -> [String] {
    try write(given, weights, to: path, as: HDF5Weights.self)
  }

  static func write(
    _ given: Network, _ weights: Parameters, to path: String, as container: any TensorContainer.Type
  ) throws(ExchangeError) -> [String] {
    try exchanging(path) {
      try given.check(weights)
      let (given, weights) = try given.restoringOneOutput(weights)
      let rearranged = try ChannelsFirst(given, weights)
      let (network, parameters) = (rearranged?.network ?? given, rearranged?.parameters ?? weights)
      try container.write(
        try tensors(of: network, parameters, file: path), architecture: try ModelFile.architecture(of: network),
        to: path)
      return rearranged == nil
        ? ["Flattening is channels last; in PyTorch it is x.permute(0, 2, 3, 1).flatten(1), not nn.Flatten()."] : []
    }
  }

  /// The tensors that PyTorch's modules would have, in the order of the nodes.
  private static func tensors(
    of network: Network, _ parameters: Parameters, file: String
  ) throws(ExchangeError) -> [NamedTensor] {
    let modules = try modules(of: network, file: file)
    var tensors: [NamedTensor] = []
    for (index, node) in network.nodes.enumerated() where !network.statesConstant(index, parameters) {
      for specification in network.parameterSpecifications(of: index) {
        guard let tensor = parameters.tensors[specification.key] else { continue }
        if node.operation.isLayerScale {
          // Broadcast over an image: [C, 1, 1], as in torchvision.
          let axes = [Int](repeating: 1, count: node.shape.rank - 1)
          let shape = Shape(tensor.shape.extents + axes)
          tensors.append(
            NamedTensor(name: modules[index], values: .floats(Tensor(shape: shape, scalars: tensor.scalars))))
        } else {
          let name = "\(modules[index]).\(TensorLeaf(of: specification.key.role).name)"
          tensors.append(NamedTensor(name: name, values: .floats(tensor)))
        }
      }
      if case .batchNormalization = node.operation {
        tensors.append(NamedTensor(name: "\(modules[index]).num_batches_tracked", values: .counter(0)))
      }
    }
    return tensors
  }

  /// The names of modules for the nodes of a network.
  private static func modules(of network: Network, file: String) throws(ExchangeError) -> [String] {
    let names = network.nodes.map { $0.name.split(separator: "/").joined(separator: ".") }
    for index in names.indices {
      guard let first = names.firstIndex(of: names[index]), first != index else { continue }
      throw ExchangeError(
        kind: .cannotWrite, file: file,
        message: "expected nodes whose names differ in more than dots and slashes, found "
          + "'\(network.nodes[first].name)' and '\(network.nodes[index].name)'")
    }
    return names
  }
}
