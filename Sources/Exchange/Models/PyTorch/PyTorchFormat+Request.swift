import Networks

extension PyTorchFormat: ModelFormat {
  static let title = "weights alone"

  /// Any file that may hold tensors: they are what is left when nothing describes itself.
  static func recognises(_ path: String) throws -> Bool { true }

  static func read(_ request: ModelRequest) throws -> (model: ModelFile, notes: [Note]) {
    try request.model(request.readWeights(), .channelsFirst)
  }
}

extension ModelRequest {
  fileprivate func readWeights() throws -> ImportedModel {
    let tensors = try map.map(TensorMap.init(contentsOf:)) ?? TensorMap()
    if architecture == Self.automatic { return try readProposed(tensors) }
    if let architecture, !isFile(architecture) { return try readBuiltIn(architecture, tensors) }
    let (network, notes) = try network()
    let imported = try readWeights(network, tensors)
    return try ImportedModel(
      network: imported.network, parameters: imported.parameters, notes: imported.notes + notes)
  }

  private func readWeights(_ network: Network, _ tensors: TensorMap) throws -> ImportedModel {
    var network = network
    // It is put into the architecture, so that the file's own values are compared with it.
    try insertNormalization(into: &network)
    return try PyTorchFormat.read(path, network: network, map: tensors)
  }

  /// The name that stands for the only architecture whose tensors have the names and shapes of the file's.
  static let automatic = "auto"

  private func readProposed(_ tensors: TensorMap) throws -> ImportedModel {
    let texts = try ArchitectureProposals(
      for: path, imageShape: inputShape ?? data?.imageShape, classCount: classCount
    ).texts
    guard let text = texts.first, texts.count == 1 else {
      throw ExchangeError(
        file: path, expected: "weights of exactly one built-in architecture for --architecture auto",
        found: texts.isEmpty ? "weights of none, by names and shapes" : texts.joined(separator: " or "))
    }
    let imported = try readBuiltIn(text, tensors)
    return try ImportedModel(
      network: imported.network, parameters: imported.parameters,
      notes: [Note("The architecture is \(text), the only built-in one whose tensors have these names and shapes.")]
        + imported.notes)
  }

  /// The data determine the number of classes; where their labels are only some of the classes, or there are no data,
  /// the weights do.
  private func readBuiltIn(_ name: String, _ tensors: TensorMap) throws -> ImportedModel {
    let shape = inputShape ?? data?.imageShape ?? [1, 28, 28]
    func read(_ classCount: Int) throws -> ImportedModel {
      try readWeights(
        try Architectures.network(name, inputShape: shape, classCount: classCount), tensors)
    }
    let likely = classCount ?? data?.classCount ?? 10
    do {
      return try read(likely)
    } catch let error as ExchangeError where error.kind == .content {
      let others = classCount == nil ? try PyTorchFormat.possibleClassCounts(of: path) : []
      let fitting = others.filter { $0 != likely }.compactMap { try? read($0) }
      if let only = fitting.first, fitting.count == 1 { return only }
      // An error about one object of the file is not about the architecture's image shape or classes.
      guard error.object == nil else { throw error }
      throw ExchangeError(
        kind: .content, file: error.file,
        message: "\(error.message) (\(name) is made for images of \(shape) in \(counted(likely)); --input-shape and "
          + "--classes change that)")
    }
  }

  private func counted(_ classes: Int) -> String { classes == 1 ? "1 class" : "\(classes) classes" }

  /// The network of an architecture file, or the one that the file of weights holds.
  private func network() throws -> (Network, notes: [Note]) {
    guard let architecture else {
      if let network = try PyTorchFormat.architecture(of: path) { return (network, []) }
      throw ExchangeError(
        file: path,
        expected: "an architecture beside weights alone: --architecture with a built-in name or a JSON "
          + "file ('advlab inspect' proposes one)", found: "none")
    }
    let (keras, isKeras) = try Self.readArchitecture(architecture)
    guard isKeras else { return (keras, []) }
    guard let network = try ChannelsFirst(keras, Parameters())?.network, network != keras else { return (keras, []) }
    return (network, ["Images are flattened channels first, as PyTorch does, not channels last as in \(architecture)."])
  }
}
