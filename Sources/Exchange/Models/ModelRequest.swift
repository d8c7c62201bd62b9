import HDF5
public import Networks

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A model file of any kind, with what it may need beside it: the one way in for models.
///
/// Files of the lab, Keras models and archives say what they are. Weights alone (Keras weights, state dictionaries of
/// PyTorch, plain groups of arrays) need an architecture.
public struct ModelRequest: Hashable, Sendable, Codable {
  /// The file or directory.
  public var path: String
  /// A built-in architecture such as `mlp:hidden=18`, or the path of a JSON file: Keras' `model.to_json()`, or the lab's
  /// own description.
  public var architecture: String?
  /// The path of a file that says which tensor is which, where names and order do not.
  public var map: String?
  /// The images a built-in architecture is made for.
  public var inputShape: Shape?
  /// The number of classes a built-in architecture is made for.
  public var classCount: Int?

  /// Asks for a model.
  public init(
    path: String, architecture: String? = nil, map: String? = nil, inputShape: Shape? = nil, classCount: Int? = nil
  ) {
    self.path = path
    self.architecture = architecture
    self.map = map
    self.inputShape = inputShape
    self.classCount = classCount
  }

  /// Reads the model, with what a user should know of the reading.
  ///
  /// - Throws: `ExchangeError` where file or architecture cannot be read or do not fit each other, `ArchitectureError`
  ///   for a built-in architecture that does not exist, `NetworkError`.
  public func read() throws -> (model: ModelFile, notes: [String]) {
    try ForeignFile.refuse(path, as: .model)
    let keras = try KerasFormat.recognises(path)
    if keras == nil, try isNative() {
      guard architecture == nil, map == nil else {
        throw ExchangeError(
          file: path, expected: "weights alone beside an architecture or a map",
          found: "a model of the lab, which brings its own")
      }
      return try inLogits(try ModelFile.read(from: path))
    }
    let imported = try keras.map(readKeras) ?? readWeights()
    // Keras flattens images channels last before the first layer of a network that takes vectors; others channels first.
    let isKerasVector = keras != nil && imported.network.inputShape.rank == 1
    let (model, notes) = try inLogits(
      ModelFile(
        network: imported.network, parameters: imported.parameters,
        vectorOrder: isKerasVector ? .channelsLast : .channelsFirst))
    return (model, imported.notes + notes.filter { !imported.notes.contains($0) })
  }

  /// The model with logits as outputs; itself where it has them already. A probe holds other outputs then, and goes.
  private func inLogits(_ model: ModelFile) throws(NetworkError) -> (model: ModelFile, notes: [String]) {
    let logits = try LogitNetwork(model.network, model.parameters)
    guard logits.network != model.network else { return (model, logits.notes) }
    let model = try ModelFile(
      network: logits.network, parameters: logits.parameters, trainingRecord: model.trainingRecord,
      vectorOrder: model.vectorOrder, provenance: model.provenance)
    return (model, logits.notes)
  }

  private func isNative() throws(ExchangeError) -> Bool {
    try exchanging(path) {
      try File(reading: path).root.attributes.string("advlab_format") == FileFormat.model.rawValue
    }
  }

  private func readKeras(_ format: KerasFormat) throws -> ImportedModel {
    guard map == nil else {
      throw ExchangeError(file: path, expected: "no map beside a file of Keras", found: map ?? "")
    }
    if architecture == nil, !format.hasArchitecture {
      throw ExchangeError(
        file: path,
        expected: "an architecture beside Keras weights: --architecture with the file that "
          + "model.to_json() wrote", found: "none")
    }
    if let architecture, !isFile(architecture) {
      throw ExchangeError(
        file: path, expected: "the JSON of model.to_json() as the architecture of Keras weights",
        found: "'\(architecture)', which is no file")
    }
    return try KerasFormat.read(path, architecture: architecture)
  }

  private func readWeights() throws -> ImportedModel {
    let tensors = try map.map(TensorMap.init(contentsOf:)) ?? TensorMap()
    let (network, notes) = try network()
    let imported = try PyTorchFormat.read(path, network: network, map: tensors)
    return try ImportedModel(
      network: imported.network, parameters: imported.parameters, notes: imported.notes + notes)
  }

  /// The network that the weights belong to.
  private func network() throws -> (Network, notes: [String]) {
    guard let architecture else {
      if let network = try PyTorchFormat.architecture(of: path) { return (network, []) }
      throw ExchangeError(
        file: path,
        expected: "an architecture beside weights alone: --architecture with a built-in name or a JSON "
          + "file ('advlab inspect' proposes one)", found: "none")
    }
    guard isFile(architecture) else {
      let network = try Architectures.network(
        architecture, inputShape: inputShape ?? [1, 28, 28], classCount: classCount ?? 10)
      return (network, [])
    }
    let (keras, isKeras) = try Self.readArchitecture(architecture)
    guard isKeras else { return (keras, []) }
    guard let network = try ChannelsFirst(keras, Parameters())?.network, network != keras else { return (keras, []) }
    return (network, ["Images are flattened channels first, as PyTorch does, not channels last as in \(architecture)."])
  }

  /// Reads a network from a JSON file: the lab's own description, or Keras' `model.to_json()`, which it then says.
  public static func readArchitecture(_ path: String) throws -> (network: Network, isKeras: Bool) {
    let text = Data(try KerasFormat.bytes(of: path, limit: jsonLimit))
    if let network = try? JSONDecoder().decode(Network.self, from: text) { return (network, false) }
    return (try KerasFormat.readNetwork(path), true)
  }

  private func isFile(_ name: String) -> Bool { InputFile.exists(name) }

  /// The most bytes of an architecture's JSON.
  private static let jsonLimit = 64 << 20
}
