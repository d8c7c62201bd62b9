import Glibc
import HDF5
public import Networks
import Wording

extension KerasFormat {
  /// The Keras version whose file format is written. Later versions read it.
  private static let keras2Version = "2.15.0"
  private static let keras3Version = "3.0.0"

  /// Writes a model so that Keras loads it with its ordinary calls.
  ///
  /// A softmax that was taken off when the model was read is put back. Weights alone fit the model whose JSON is
  /// `architecture(of:_:)`.
  public static func write(
    _ network: Network, _ parameters: Parameters, to path: String, as format: KerasFormat
  ) throws(ExchangeError) {
    try writing(path) {
      switch format {
      case .legacyModel, .legacyWeights:
        let plan = try KerasPlanner(network, parameters, generation: .keras2).plan
        try File.write(atomicallyTo: path) { root in
          try writeLegacy(plan, to: root, isWholeModel: format == .legacyModel)
        }
      case .weights:
        let plan = try KerasPlanner(network, parameters, generation: .keras3).plan
        try File.write(atomicallyTo: path) { root in try writeStore(plan, to: root) }
      case .archive:
        let plan = try KerasPlanner(network, parameters, generation: .keras3).plan
        try PlainFile.replace(path, with: try archive(plan, path: path))
      case .shardedWeights, .directory: throw KerasFailure("the format \(format.rawValue) is read, not written")
      }
    }
  }

  /// The JSON of a network as `model.to_json()` gives it: with `keras.models.model_from_json` it becomes the model whose
  /// weights alone are written.
  public static func architecture(of network: Network, _ parameters: Parameters) throws(ExchangeError) -> String {
    try writing("") { try KerasPlanner(network, parameters, generation: .keras3).plan.config.text() }
  }

  private static func writing<Result>(_ path: String, _ body: () throws -> Result) throws(ExchangeError) -> Result {
    try exchanging(path) {
      do {
        return try body()
      } catch let failure as KerasFailure {
        throw ExchangeError(kind: .cannotWrite, file: path, object: failure.place, message: failure.message)
      } catch let error as NetworkError {
        throw ExchangeError(kind: .cannotWrite, file: path, message: error.description)
      }
    }
  }

  // MARK: Legacy

  private static func writeLegacy(_ plan: KerasPlan, to root: Group, isWholeModel: Bool) throws {
    if isWholeModel {
      try root.attributes.set("model_config", to: try plan.config.text())
      try root.attributes.set("keras_version", to: keras2Version)
      try root.attributes.set("backend", to: "tensorflow")
    }
    let group = isWholeModel ? try root.createGroup("model_weights") : root
    let layers = plan.order.map { plan.layers[$0] }
    try writeNames("layer_names", layers.map(\.name), to: group)
    try group.attributes.set("keras_version", to: keras2Version)
    try group.attributes.set("backend", to: "tensorflow")
    for layer in layers {
      let own = try group.createGroup(layer.name)
      let names = layer.variables.map { "\(layer.name)/\($0.name):0" }
      try writeNames("weight_names", names, to: own)
      for (name, variable) in zip(names, layer.variables) {
        try own.write(name, variable.scalars, shape: variable.shape)
      }
    }
    try writeNames("weight_names", [], to: try group.createGroup("top_level_model_weights"))
  }

  /// Writes a list of names; one too long for an attribute is split into several, as Keras does.
  private static func writeNames(_ name: String, _ names: [String], to group: Group) throws {
    // 64 KiB hold 4096 references to strings of variable length, less what the attribute itself takes.
    let limit = 4000
    guard names.count > limit else { return try group.attributes.set(name, to: names) }
    for (number, start) in stride(from: 0, to: names.count, by: limit).enumerated() {
      try group.attributes.set("\(name)\(number)", to: Array(names[start..<min(start + limit, names.count)]))
    }
  }

  // MARK: Keras 3

  private static func writeStore(_ plan: KerasPlan, to root: Group) throws {
    try root.createGroup("vars").attributes.set("name", to: "model")
    let container = try root.createGroup("layers")
    var counts: [String: Int] = [:]
    for layer in plan.order.map({ plan.layers[$0] }) {
      let base = KerasStore.snakeCase(layer.className)
      let occurrence = counts[base, default: 0]
      counts[base] = occurrence + 1
      let group = try container.createGroup("\(base)\(occurrence == 0 ? "" : "_\(occurrence)")/vars")
      try group.attributes.set("name", to: layer.name)
      for (number, variable) in layer.variables.enumerated() {
        try group.write("\(number)", variable.scalars, shape: variable.shape)
      }
    }
  }

  private static func archive(_ plan: KerasPlan, path: String) throws -> [UInt8] {
    let metadata: JSONValue = ["keras_version": .string(keras3Version), "date_saved": "1980-01-01@00:00:00"]
    var zip = ZipWriter()
    try zip.append("metadata.json", Array(try metadata.text().utf8), path: path)
    try zip.append(configName, Array(try plan.config.text().utf8), path: path)
    try zip.append(weightsName, try storeBytes(plan, beside: path), path: path)
    return zip.finished()
  }

  /// The bytes of the weights' file. The HDF5 library writes files, so a temporary one is made beside the archive.
  private static func storeBytes(_ plan: KerasPlan, beside path: String) throws -> [UInt8] {
    let temporary: String
    do {
      let (name, descriptor) = try TemporaryFiles.create(beside: path)
      close(descriptor)
      temporary = name
    } catch {
      throw ExchangeError(kind: .cannotWrite, file: path, message: systemMessage(error.code))
    }
    defer { TemporaryFiles.remove(temporary) }
    do {
      try File.write(atomicallyTo: temporary) { root in try writeStore(plan, to: root) }
    } catch let error as HDF5Error {
      throw ExchangeError(kind: .cannotWrite, file: path, message: error.message)
    }
    return try bytes(of: temporary, limit: byteLimit)
  }
}
