import HDF5
public import Networks

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a dataset says about the networks that fit it.
public struct DataForm: Hashable, Sendable, Codable {
  /// The shape of one image, as the network takes it.
  public let imageShape: Shape
  /// The number of classes, where it is known.
  public let classCount: Int?

  /// Describes images.
  public init(imageShape: Shape, classCount: Int? = nil) {
    self.imageShape = imageShape
    self.classCount = classCount
  }
}

/// A model file of any kind, with what may be needed beside it: the only way to read models.
///
/// Files by AdvLab, Keras models and archives describe themselves. Weights alone (Keras weights, state dictionaries of
/// PyTorch, plain groups of arrays) need an architecture.
public struct ModelRequest: Hashable, Sendable, Codable {
  /// The file or directory.
  public var path: String
  /// A built-in architecture such as `mlp:hidden=18`, or the path of a JSON file: Keras' `model.to_json()`, or AdvLab's
  /// own description.
  public var architecture: String?
  /// The path of a file that says which tensor is which, where names and order do not.
  public var map: String?
  /// The images a built-in architecture is made for, where they are not those of the data.
  public var inputShape: Shape?
  /// The number of classes that a built-in architecture is made for, where neither data nor weights decide it.
  public var classCount: Int?
  /// What the images are normalised by before the network sees them.
  public var normalization: PixelNormalization?
  /// The data that the model is read for.
  public var data: DataForm?

  /// Creates a request.
  public init(
    path: String, architecture: String? = nil, map: String? = nil, inputShape: Shape? = nil, classCount: Int? = nil,
    normalization: PixelNormalization? = nil, data: DataForm? = nil
  ) {
    self.path = path
    self.architecture = architecture
    self.map = map
    self.inputShape = inputShape
    self.classCount = classCount
    self.normalization = normalization
    self.data = data
  }

  /// Reads the model, with notes for the user.
  ///
  /// - Throws: `ExchangeError` where file or architecture cannot be read or do not fit each other, `ArchitectureError`
  ///   for a built-in architecture that does not exist, `NetworkError`.
  public func read() throws -> (model: ModelFile, notes: [Note]) {
    try FileFormat.model.expected(at: path) { try readModel() }
  }

  private func readModel() throws -> (model: ModelFile, notes: [Note]) {
    try ForeignFile.refuse(path, as: .model)
    let keras = try KerasFormat.recognises(path)
    if keras == nil, try isNative() {
      guard architecture == nil, map == nil else {
        throw ExchangeError(
          file: path, expected: "weights alone beside an architecture or a map",
          found: "a model of the lab, which has its own")
      }
      let file = try ModelFile.read(from: path)
      guard normalization != nil else { return try inLogits(file) }
      return try inLogits(
        model(normalized(try ImportedModel(network: file.network, parameters: file.parameters)), file.vectorOrder))
    }
    let imported = try keras.map { try normalized(readKeras($0)) } ?? readWeights()
    // Keras flattens images channels last before the first layer of a network that takes vectors; others channels first.
    let isKerasVector = keras != nil && imported.network.inputShape.rank == 1
    let (file, notes) = try inLogits(model(imported, isKerasVector ? .channelsLast : .channelsFirst))
    return (file, imported.notes + notes.filter { !imported.notes.contains($0) })
  }

  private func model(_ imported: ImportedModel, _ vectorOrder: AxisOrder) throws(NetworkError) -> ModelFile {
    try ModelFile(network: imported.network, parameters: imported.parameters, vectorOrder: vectorOrder)
  }

  /// The model with logits as outputs; itself where it has them already. A probe, which holds other outputs, is
  /// dropped.
  private func inLogits(_ model: ModelFile) throws(NetworkError) -> (model: ModelFile, notes: [Note]) {
    let logits = try LogitNetwork(model.network, model.parameters)
    guard logits.network != model.network else { return (model, logits.notes) }
    let model = try ModelFile(
      network: logits.network, parameters: logits.parameters, trainingRecord: model.trainingRecord,
      vectorOrder: model.vectorOrder, provenance: model.provenance)
    return (model, logits.notes)
  }

  private func isNative() throws(ExchangeError) -> Bool {
    try exchanging(path) {
      try File(reading: path).root.attributes.string(FileFormat.mark) == FileFormat.model.rawValue
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

  /// The model with the requested normalisation before everything else.
  private func normalized(_ model: ImportedModel) throws -> ImportedModel {
    var network = model.network
    guard let name = try insertNormalization(into: &network) else { return model }
    var parameters = model.parameters
    for specification in network.parameterSpecifications where specification.key.node == name {
      guard let payload = normalization?.affine else { continue }
      let values = specification.key.role == .scale ? payload.initialScale : payload.initialShift
      parameters.tensors[specification.key] =
        values.count == 1
        ? Tensor(shape: specification.shape, repeating: values[0]) : Tensor(shape: specification.shape, scalars: values)
    }
    return try ImportedModel(network: network, parameters: parameters, notes: model.notes)
  }

  @discardableResult
  private func insertNormalization(into network: inout Network) throws -> String? {
    guard let normalization else { return nil }
    if let index = network.inputNormalization {
      throw ExchangeError(
        file: path, expected: "a network that does not normalise its images beside --normalize",
        found: "'\(network.nodes[index].name)', which does")
    }
    do {
      return try network.insertNormalization(normalization)
    } catch {
      throw ExchangeError(
        file: path,
        expected: "--normalize with one value for all, or one for each of \(network.inputShape[0]) channels",
        found: "\(normalization)")
    }
  }

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

  /// Reads a network from a JSON file, AdvLab's own description or Keras' `model.to_json()`, and says which it is.
  public static func readArchitecture(_ path: String) throws -> (network: Network, isKeras: Bool) {
    let text = try KerasFormat.bytes(of: path, limit: jsonLimit)
    guard try NetworkJSON.isOurs(text, file: path) else { return (try KerasFormat.readNetwork(path), true) }
    return (try NetworkJSON.network(text, file: path), false)
  }

  private func isFile(_ name: String) -> Bool { InputFile.exists(name) }

  /// The most bytes of an architecture's JSON.
  private static let jsonLimit = 64 << 20
}
