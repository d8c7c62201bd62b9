/// A Keras model as its configuration describes it: the JSON of `model.to_json()`, of the attribute `model_config` or of
/// `config.json` in an archive.
struct KerasModel: Sendable {
  enum Kind: Sendable {
    /// Layers one after the other.
    case sequential
    /// A graph with one input and one output.
    case functional(input: KerasTensorReference, output: KerasTensorReference)
  }

  static let classNames: Set<String> = ["Sequential", "Functional", "Model"]

  let name: String
  let kind: Kind
  /// In the order of the configuration, which is that of `model.layers`.
  let layers: [KerasLayer]
  let generation: KerasGeneration
  /// The shape of a batch the model was built for, where a sequential model says so.
  let buildShape: JSONValue?

  /// Reads the configuration of a whole model.
  init(_ json: JSONValue) throws {
    guard let members = json.object, let className = members["class_name"]?.string, let config = members["config"]
    else { throw KerasFailure("expected the configuration of a Keras model, with class_name and config") }
    guard Self.classNames.contains(className) else {
      throw KerasFailure(
        "is neither Sequential nor Functional: its structure is Python code and not in the file",
        at: "model of class \(className)")
    }
    try self.init(className: className, config: config, buildConfig: members["build_config"])
  }

  private init(className: String, config: JSONValue, buildConfig: JSONValue?) throws {
    let members = config.object ?? [:]
    // Keras before 2.2.3 wrote the layers of a sequential model as a bare list.
    guard let entries = config.array ?? members["layers"]?.array else {
      throw KerasFailure("expected a list of layers, found \(config.summary)", at: "model of class \(className)")
    }
    name = members["name"]?.string ?? className
    buildShape = members["build_input_shape"] ?? buildConfig?.object?["input_shape"]
    layers = try entries.map { try Self.layer($0) }
    generation = KerasGeneration(entries, layers)
    guard className != "Sequential" else {
      kind = .sequential
      return
    }
    try Self.checkNames(layers)
    kind = .functional(
      input: try Self.only(members["input_layers"], "input", of: name),
      output: try Self.only(members["output_layers"], "output", of: name))
  }

  private static func layer(_ json: JSONValue) throws -> KerasLayer {
    guard let members = json.object, let className = members["class_name"]?.string else {
      throw KerasFailure("expected a layer with class_name and config, found \(json.summary)")
    }
    let settings = members["config"] ?? .null
    let config = settings.object ?? [:]
    let name = members["name"]?.string ?? config["name"]?.string ?? className
    let place = "layer '\(name)' (\(className))"
    let isModel = classNames.contains(className)
    guard isModel || settings.object != nil else { throw KerasFailure("expected a configuration", at: place) }
    return KerasLayer(
      name: name, className: className, config: config,
      calls: try (members["inbound_nodes"]?.array ?? []).map { try KerasCall($0, at: place) },
      model: isModel
        ? try KerasModel(className: className, config: settings, buildConfig: members["build_config"]) : nil)
  }

  private static func checkNames(_ layers: [KerasLayer]) throws {
    var names: Set<String> = []
    for layer in layers where !names.insert(layer.name).inserted {
      throw layer.failure(expected: "names of their own for all layers", found: "a name used twice")
    }
  }
}

extension KerasModel {
  /// The one input or output of a graph: `["x", 0, 0]` or `[["x", 0, 0]]`.
  private static func only(_ json: JSONValue?, _ what: String, of name: String) throws -> KerasTensorReference {
    let place = "model '\(name)'"
    let list = json?.array ?? json?.object?.values.map { $0 } ?? []
    if list.first?.string != nil { return try KerasTensorReference(json ?? .null, at: place) }
    guard list.count == 1, let only = list.first else {
      throw KerasFailure(expected: "one \(what)", found: "\(list.count)", at: place)
    }
    return try self.only(only, what, of: name)
  }
}
