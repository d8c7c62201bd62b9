import HDF5
import Networks

/// The native model format, an HDF5 file:
///
/// | path | holds |
/// |---|---|
/// | `/` | the attributes of every AdvLab file |
/// | `/architecture` | one string: the canonical JSON text of the network |
/// | `/parameters/<node>/<role>` | float32, the shape of the parameter |
/// | `/probe/images`, `/probe/logits` | a few examples and their logits; optional |
/// | `/training` | one string: JSON text; optional |
///
/// In a path, characters of a node's name that HDF5 does not allow are percent-encoded: `/` as `%2F`, `%` as `%25`.
extension ModelFile {
  private enum Path {
    static let architecture = "architecture"
    static let parameters = "parameters"
    static let probeImages = "probe/images"
    static let probeLogits = "probe/logits"
    static let training = "training"
    /// An attribute, absent where images are flattened channels first.
    static let vectorOrder = "vector_order"
  }

  /// Reads a model and checks all of it, the digest included; running the probe is left to callers that have an engine.
  public static func read(from path: String) throws(ExchangeError) -> ModelFile {
    try exchanging(path) {
      let root = try File(reading: path).root
      let provenance = try Provenance(.attributes(root.attributes), of: .model, file: path)
      let network = try readNetwork(root, file: path)
      do {
        let model = try ModelFile(
          network: network, parameters: try readParameters(of: network, root, file: path),
          probe: try readProbe(root, file: path), trainingRecord: try optionalText(Path.training, root, file: path),
          vectorOrder: try readVectorOrder(root, file: path), provenance: provenance)
        if let stated = provenance.modelSHA256, stated != model.sha256 {
          throw ExchangeError(
            file: path, object: "/", expected: "the model that model_sha256 stands for, \(stated)", found: model.sha256)
        }
        return model
      } catch let error as NetworkError {
        throw ExchangeError(kind: .content, file: path, message: error.description)
      }
    }
  }

  /// Writes the model; a file that is replaced stays as it is until the new one is complete. Where the name ends in
  /// `.keras`, it becomes an archive of Keras, with structure and weights alone.
  public func write(to path: String) throws(ExchangeError) {
    if path.lowercased().hasSuffix(".keras") {
      return try KerasFormat.write(network, parameters, to: path, as: .archive)
    }
    try exchanging(path) {
      let architecture = try Self.architecture(of: network)
      try File.write(atomicallyTo: path) { root in
        try provenance.write(.model, to: root.attributes)
        if vectorOrder != .channelsFirst { try root.attributes.set(Path.vectorOrder, to: vectorOrder.rawValue) }
        try root.write(Path.architecture, [architecture], shape: [])
        let group = try root.createGroup(Path.parameters)
        for key in parameters.tensors.keys.sorted() {
          guard let tensor = parameters.tensors[key] else { continue }
          try group.write(Self.path(of: key), tensor.scalars, shape: tensor.shape.extents)
        }
        if let probe {
          try root.write(Path.probeImages, probe.images.scalars, shape: probe.images.shape.extents)
            .attributes.set("layout", to: ImageLayout(of: probe.images).rawValue)
          try root.write(Path.probeLogits, probe.logits.scalars, shape: probe.logits.shape.extents)
        }
        if let trainingRecord { try root.write(Path.training, [trainingRecord], shape: []) }
      }
    }
  }

  private static func readVectorOrder(_ root: Group, file: String) throws -> AxisOrder {
    guard let name = try root.attributes.string(Path.vectorOrder) else { return .channelsFirst }
    guard let order = AxisOrder(rawValue: name) else {
      let names = AxisOrder.allCases.map(\.rawValue).joined(separator: " or ")
      throw ExchangeError(
        file: file, object: "/", expected: "the attribute \(Path.vectorOrder) to be \(names)", found: name)
    }
    return order
  }

  private static func readNetwork(_ root: Group, file: String) throws -> Network {
    let text = try Self.text(try root.dataset(Path.architecture), file: file)
    return try NetworkJSON.network(Array(text.utf8), file: file, object: "/" + Path.architecture)
  }

  private static func readParameters(of network: Network, _ root: Group, file: String) throws -> Parameters {
    let group = try root.group(Path.parameters)
    var parameters = Parameters()
    for specification in network.parameterSpecifications {
      let dataset = try group.dataset(path(of: specification.key))
      parameters.tensors[specification.key] = try tensor(dataset, file: file, expected: "\(specification.shape)") {
        $0 == specification.shape
      }
    }
    try checkNoOthers(than: network, group, file: file)
    return parameters
  }

  /// Other parameters belong to another network: they are refused rather than ignored.
  private static func checkNoOthers(than network: Network, _ group: Group, file: String) throws {
    let expected = Set(network.parameterSpecifications.map { path(of: $0.key) })
    for node in try group.children() {
      let roles = node.kind == .group ? try group.group(node.path).children().map(\.path) : [""]
      for role in roles where !expected.contains("\(node.path)/\(role)") {
        throw ExchangeError(
          file: file, object: "\(group.path)/\(node.path)", expected: "parameters of this network alone",
          found: role.isEmpty ? "another object" : role)
      }
    }
  }

  private static func readProbe(_ root: Group, file: String) throws -> Probe? {
    guard try root.kind(of: Path.probeImages) != nil else { return nil }
    return Probe(
      images: try tensor(try root.dataset(Path.probeImages), file: file, expected: "N×C×H×W") { $0.rank >= 2 },
      logits: try tensor(try root.dataset(Path.probeLogits), file: file, expected: "N×K") { $0.rank == 2 })
  }

  private static func optionalText(_ path: String, _ root: Group, file: String) throws -> String? {
    try root.kind(of: path) == nil ? nil : try text(try root.dataset(path), file: file)
  }

  private static func text(_ dataset: HDF5Dataset, file: String) throws -> String {
    let strings = try dataset.readStrings()
    guard strings.count == 1 else {
      throw ExchangeError(file: file, object: dataset.path, expected: "one string", found: "\(strings.count)")
    }
    return strings[0]
  }

  /// The path of a parameter below its group.
  static func path(of key: ParameterKey) -> String {
    var name = ""
    for character in key.node.unicodeScalars {
      switch character {
      case "/": name += "%2F"
      case "%": name += "%25"
      case "\0": name += "%00"
      default: name.unicodeScalars.append(character)
      }
    }
    // These two mean the group itself and its parent.
    if name == "." || name == ".." { name = String(repeating: "%2E", count: name.utf8.count) }
    return "\(name)/\(key.role.rawValue)"
  }

  /// The node whose name is encoded in a path component.
  static func node(ofPath component: String) -> String {
    let parts = component.split(separator: "%", omittingEmptySubsequences: false)
    return parts.dropFirst().reduce(String(parts.first ?? "")) { name, part in
      let code = UInt8(part.prefix(2), radix: 16).map { String(UnicodeScalar($0)) }
      return name + (code.map { $0 + part.dropFirst(2) } ?? "%" + part)
    }
  }
}

/// Reads an array of exactly single precision, whose shape is accepted.
func tensor(
  _ dataset: HDF5Dataset, file: String, expected: String, accepting isAccepted: (Shape) -> Bool
) throws -> Tensor<Float> {
  let shape = Shape(dataset.shape)
  guard dataset.elementType == Float.elementType, shape.checkedCount != nil, isAccepted(shape) else {
    throw ExchangeError(
      file: file, object: dataset.path, expected: "float32 of shape \(expected)",
      found: "\(dataset.elementType) of shape \(shape)")
  }
  return Tensor(shape: shape, scalars: try dataset.read(as: Float.self))
}
