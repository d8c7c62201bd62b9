import HDF5
public import Networks

/// The state of a run of training in a file, an HDF5 file:
///
/// | path | holds |
/// |---|---|
/// | `/` | the attributes of every file of the lab, and `content_sha256` |
/// | `/settings`, `/state` | one string each: JSON text |
/// | `/parameters/<set>/<node>/<role>` | float32: tensors in the shape of a parameter |
/// | `/tensors/<name>` | float32: other tensors |
///
/// Sets are weights, running means of the optimiser, averages, weights of the best epoch. The training code knows what
/// they are for; here they are names. The digest covers the whole content, so that damage is detected.
public struct CheckpointFile: Sendable, Equatable {
  /// The settings that must be the same when the run is continued: JSON text.
  public var settings: String
  /// The progress of the run: JSON text.
  public var state: String
  /// Tensors by the names of parameters; empty sets are not stored.
  public var parameterSets: [String: Parameters]
  /// Tensors of other shapes.
  public var tensors: [String: Tensor<Float>]
  /// What wrote the file.
  public var provenance: Provenance

  /// Creates a checkpoint.
  public init(
    settings: String, state: String, parameterSets: [String: Parameters], tensors: [String: Tensor<Float>] = [:],
    provenance: Provenance = Provenance()
  ) {
    self.settings = settings
    self.state = state
    self.parameterSets = parameterSets.filter { !$0.value.tensors.isEmpty }
    self.tensors = tensors
    self.provenance = provenance
  }

  private enum Path {
    static let settings = "settings"
    static let state = "state"
    static let parameters = "parameters"
    static let tensors = "tensors"
    static let digest = "content_sha256"
  }

  /// Writes the checkpoint; a file that is replaced stays until the new one is complete and on the disk.
  public func write(to path: String) throws(ExchangeError) {
    try exchanging(path) {
      try File.write(atomicallyTo: path) { root in
        try provenance.write(.checkpoint, to: root.attributes)
        try root.attributes.set(Path.digest, to: digest())
        try root.write(Path.settings, [settings], shape: [])
        try root.write(Path.state, [state], shape: [])
        for (name, tensor) in named() {
          try tensor.withUnsafeScalars { _ = try root.write(name, $0, shape: tensor.shape.extents) }
        }
      }
    }
  }

  /// Reads a checkpoint.
  ///
  /// - Throws: `ExchangeError` of kind `content` where the file is damaged.
  public static func read(from path: String) throws(ExchangeError) -> CheckpointFile {
    try exchanging(path) {
      let root = try File(reading: path).root
      let provenance = try Provenance(.attributes(root.attributes), of: .checkpoint, file: path)
      let checkpoint = CheckpointFile(
        settings: try text(Path.settings, root, file: path), state: try text(Path.state, root, file: path),
        parameterSets: try readSets(root, file: path), tensors: try readTensors(root, file: path),
        provenance: provenance)
      let stated = try root.attributes.string(Path.digest) ?? "none"
      guard stated == checkpoint.digest() else {
        throw ExchangeError(
          file: path, object: "/", expected: "the content that content_sha256 stands for, \(stated)",
          found: checkpoint.digest())
      }
      return checkpoint
    }
  }

  private static func text(_ name: String, _ root: Group, file: String) throws -> String {
    let strings = try root.dataset(name).readStrings()
    guard strings.count == 1 else {
      throw ExchangeError(file: file, object: "/" + name, expected: "one string", found: "\(strings.count)")
    }
    return strings[0]
  }

  private static func readSets(_ root: Group, file: String) throws -> [String: Parameters] {
    guard try root.kind(of: Path.parameters) != nil else { return [:] }
    let group = try root.group(Path.parameters)
    var sets: [String: Parameters] = [:]
    for entry in try group.children() {
      let set = try group.group(entry.path)
      for node in try set.children() {
        for name in try set.group(node.path).children().map(\.path) {
          let path = "\(node.path)/\(name)"
          guard let role = ParameterRole(rawValue: name) else {
            throw ExchangeError(
              file: file, object: "\(set.path)/\(path)", expected: "the name of a parameter's role", found: name)
          }
          let key = ParameterKey(ModelFile.node(ofPath: node.path), role)
          sets[entry.path, default: Parameters()].tensors[key] = try tensor(
            try set.dataset(path), file: file, expected: "any"
          ) { _ in true }
        }
      }
    }
    return sets
  }

  private static func readTensors(_ root: Group, file: String) throws -> [String: Tensor<Float>] {
    guard try root.kind(of: Path.tensors) != nil else { return [:] }
    let group = try root.group(Path.tensors)
    var tensors: [String: Tensor<Float>] = [:]
    for entry in try group.children() {
      tensors[entry.path] = try tensor(try group.dataset(entry.path), file: file, expected: "any") { _ in true }
    }
    return tensors
  }

  /// Every tensor with its path, in alphabetical order.
  private func named() -> [(path: String, tensor: Tensor<Float>)] {
    let parameters = parameterSets.flatMap { set, parameters in
      parameters.tensors.map { ("\(Path.parameters)/\(set)/\(ModelFile.path(of: $0.key))", $0.value) }
    }
    return (parameters + tensors.map { ("\(Path.tensors)/\($0.key)", $0.value) }).sorted { $0.0 < $1.0 }
  }

  /// The digest of the texts, each behind its length, and of every tensor behind a line `path shape`.
  private func digest() -> String {
    var hash = SHA256()
    for text in [settings, state] { hash.update("\(text.utf8.count)\n\(text)") }
    for (path, tensor) in named() {
      hash.update("\n\(path) \(tensor.shape)\n")
      tensor.withUnsafeScalars { hash.update(UnsafeRawBufferPointer($0)) }
    }
    return hash.finalized()
  }
}
