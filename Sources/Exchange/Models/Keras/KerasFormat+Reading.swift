import HDF5
public import Networks

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension KerasFormat {
  /// The content of a file: the configuration of the model, where there is one, and weights in one of two layouts.
  private struct Content {
    var config: JSONValue?
    var weights: Weights?
  }

  private enum Weights {
    case legacy(KerasLegacyWeights)
    case store(KerasStore)
  }

  /// Reads a model.
  ///
  /// `architecture` is the path of a file with the configuration: the JSON of `model.to_json()`, or any Keras file with a
  /// model in it. It is needed where the file holds weights alone; where given, it is preferred.
  public static func read(_ path: String, architecture: String? = nil) throws(ExchangeError) -> ImportedModel {
    try reading(path) {
      let content = try content(of: path)
      guard let weights = content.weights else {
        throw KerasFailure("holds no weights")
      }
      guard let config = try architecture.map(config(at:)) ?? content.config else {
        throw KerasFailure(
          "holds weights alone: the architecture must be given, as the JSON file that model.to_json() makes")
      }
      return try model(config, weights, architecture: architecture, file: path)
    }
  }

  /// Reads the network alone from the JSON of `model.to_json()`, or from any Keras file with a model in it.
  public static func readNetwork(_ path: String) throws(ExchangeError) -> Network {
    try reading(path) {
      let builder = try KerasBuilder(KerasModel(config(at: path)))
      let logits = try LogitNetwork(builder.network, Parameters(builder.constants))
      return try logits.network.stating(logits.parameters.tensors)
    }
  }

  private static func reading<Result>(_ path: String, _ body: () throws -> Result) throws(ExchangeError) -> Result {
    try exchanging(path) {
      do {
        return try body()
      } catch let error as NetworkError {
        throw ExchangeError(
          file: path, object: "node '\(error.node)'", expected: error.expected, found: error.found)
      }
    }
  }

  private static func model(
    _ config: JSONValue, _ weights: Weights, architecture: String?, file: String
  ) throws -> ImportedModel {
    let builder: KerasBuilder
    let layers: [KerasWeightedLayer]
    do {
      let model = try KerasModel(config)
      builder = try KerasBuilder(model)
      layers = KerasWeightedLayer.layers(of: model, weights: builder.weights)
    } catch let failure as KerasFailure {
      throw failure.exchangeError(file: architecture ?? file)
    }
    var notes = builder.notes
    let values: KerasValues
    switch weights {
    case .legacy(let weights): values = try weights.values(of: layers, notes: &notes)
    case .store(let store): values = try store.values(of: layers, notes: &notes)
    }
    var parameters = Parameters(builder.constants)
    for (path, weights) in builder.weights {
      parameters.tensors.merge(weights.parameters(from: values[path] ?? [])) { $1 }
    }
    let logits = try LogitNetwork(builder.network, parameters)
    return try ImportedModel(network: logits.network, parameters: logits.parameters, notes: notes + logits.notes)
  }

  private static func config(at path: String) throws -> JSONValue {
    let start = InputFile.isDirectory(path) ? [] : try InputFile(path).read(atMost: 64)
    if start.first(where: { $0 > 32 }) == UInt8(ascii: "{") {
      return try JSONValue(try bytes(of: path, limit: JSONValue.byteLimit))
    }
    guard let config = try content(of: path).config else { throw KerasFailure("holds no architecture") }
    return config
  }

  private static func content(of path: String) throws -> Content {
    switch try kind(of: path) {
    case .legacyModel, .legacyWeights, .weights: return try content(of: try File(reading: path).root)
    case .shardedWeights: return Content(weights: .store(try shards(path)))
    case .archive: return try archiveContent(path)
    case .directory:
      let config = try JSONValue(try bytes(of: "\(path)/\(configName)", limit: JSONValue.byteLimit))
      let weights = try content(of: try File(reading: "\(path)/\(weightsName)").root).weights
      return Content(config: config, weights: weights)
    case nil: throw KerasFailure("is not a model that Keras wrote")
    }
  }

  private static func content(of root: Group) throws -> Content {
    guard let text = try root.attributes.string("model_config") else {
      if try KerasStore.isRoot(root) { return Content(weights: .store(KerasStore(roots: [root]))) }
      return Content(weights: .legacy(try KerasLegacyWeights(root)))
    }
    return Content(
      config: try JSONValue(text.utf8), weights: .legacy(try KerasLegacyWeights(try root.group("model_weights"))))
  }

  private static func archiveContent(_ path: String) throws -> Content {
    let archive = try archive(path)
    guard let config = try archive.content(of: configName, limit: JSONValue.byteLimit) else {
      throw KerasFailure("holds no \(configName)")
    }
    guard let weights = try archive.content(of: weightsName, limit: byteLimit) else {
      throw KerasFailure(
        archive.names.contains("model.weights.npz")
          ? "holds its weights as pickled Python objects (model.weights.npz), which are not read"
          : "holds no \(weightsName)")
    }
    let file = try File(image: weights, name: "\(path)/\(weightsName)")
    return Content(config: try JSONValue(config), weights: try content(of: file.root).weights)
  }

  /// The files of sharded weights, which lie beside their index.
  private static func shards(_ path: String) throws -> KerasStore {
    let index = try JSONValue(try bytes(of: path, limit: JSONValue.byteLimit))
    var names: Set<String> = []
    for (variables, files) in index.object?["weight_map"]?.object ?? [:] {
      // Weights of an optimiser are of no use here, and may fill many files.
      guard !variables.hasPrefix("/optimizer") else { continue }
      for file in files.array ?? [files] {
        guard let name = file.string, !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")), name != "..", name != "."
        else { throw KerasFailure(expected: "names of files beside the index", found: file.summary, at: variables) }
        names.insert(name)
      }
    }
    guard names.count <= 4096 else { throw KerasFailure("lists more than 4096 files") }
    let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return KerasStore(
      roots: try names.sorted().map { name in
        try File(reading: path.utf8.contains(UInt8(ascii: "/")) ? "\(directory)/\(name)" : name).root
      })
  }
}

extension Network {
  /// The network with stated constants as a part of its structure, so that they hold without any weights.
  fileprivate func stating(_ constants: [ParameterKey: Tensor<Float>]) throws(NetworkError) -> Network {
    guard !constants.isEmpty else { return self }
    var result = try Network(inputShape: inputShape)
    for node in nodes.dropFirst() {
      var operation = node.operation
      if case .affine(var payload) = operation {
        if let scale = constants[ParameterKey(node.name, .scale)] { payload.initialScale = scale.scalars }
        if let shift = constants[ParameterKey(node.name, .shift)] { payload.initialShift = shift.scalars }
        operation = .affine(payload)
      }
      try result.append(operation, named: node.name, to: node.inputs)
    }
    result.outputTransforms = outputTransforms
    return result
  }
}
