import Networks

/// A map applied to a network and a state dictionary.
struct MapResolution {
  let network: Network
  let state: StateDictionary
  /// The tensors of the parameters the map names.
  private(set) var sources: [ParameterKey: TensorSource] = [:]
  /// The full names of the tensors it uses.
  private(set) var used: Set<String> = []

  init(network: Network, state: StateDictionary) {
    self.network = network
    self.state = state
  }

  /// Looks up both sides of every entry.
  mutating func resolve(_ map: TensorMap) throws(ExchangeError) {
    let entries = map.names.sorted(by: { $0.key < $1.key })
    for (ours, theirs) in entries where ours.hasSuffix("*") { try resolvePrefix(ours, theirs) }
    // A line about one module takes precedence over one about all.
    for (ours, theirs) in entries where !ours.hasSuffix("*") {
      let (name, axes) = StoredAxes.split(theirs)
      if let key = parameter(ours) {
        guard let entry = state.entry(named: name) else { throw unknown(name, for: ours) }
        assign(entry, axes, to: key)
      } else if let index = network.index(of: ours) {
        try resolveModule(index, name, axes, for: ours)
      } else {
        throw ExchangeError(
          file: state.file, expected: "a map for parameters of the network, such as \(examples)", found: "'\(ours)'")
      }
    }
  }

  /// `* module.*`, `layer1.* encoder.stage1.*`: all names with that prefix. Tensors that are missing may be found in
  /// another way, but at least one must exist.
  private mutating func resolvePrefix(_ ours: String, _ theirs: String) throws(ExchangeError) {
    guard theirs.hasSuffix("*") else {
      throw ExchangeError(
        file: state.file, expected: "a map from '\(ours)' to a prefix such as 'model.*'", found: "'\(theirs)'")
    }
    let (ourStart, theirStart) = (Self.dotted(String(ours.dropLast())), Self.dotted(String(theirs.dropLast())))
    var isFound = false
    for index in network.nodes.indices {
      let name = Self.dotted(network.nodes[index].name)
      guard name.hasPrefix(ourStart) else { continue }
      let module = theirStart + name.dropFirst(ourStart.count)
      // The tensor of a layer scale has the name of the node itself.
      let own = network.nodes[index].operation.isLayerScale ? state.entry(named: module) : nil
      for specification in network.parameterSpecifications(of: index) {
        let entry = own ?? entry(TensorLeaf(of: specification.key.role), ofModule: module)
        guard let entry else { continue }
        assign(entry, nil, to: specification.key)
        isFound = true
      }
    }
    guard isFound else { throw unknown(theirs, for: ours) }
  }

  private static func dotted(_ name: String) -> String {
    String(name.map { $0 == "/" ? "." : $0 })
  }

  private mutating func resolveModule(
    _ index: Int, _ name: String, _ axes: StoredAxes?, for ours: String
  ) throws(ExchangeError) {
    let module = name.split(whereSeparator: { $0 == "/" || $0 == "." }).joined(separator: ".")
    for specification in network.parameterSpecifications(of: index) {
      let leaf = TensorLeaf(of: specification.key.role)
      guard let entry = entry(leaf, ofModule: module) else { throw unknown("\(name).\(leaf.name)", for: ours) }
      assign(entry, specification.shape.rank > 1 ? axes : nil, to: specification.key)
    }
  }

  /// A module may be named with or without the common prefix of wrappers.
  private func entry(_ leaf: TensorLeaf, ofModule name: String) -> StateDictionary.Entry? {
    state.entries.first { entry in
      guard let dot = entry.fullName.lastIndex(of: "."), leaf == TensorLeaf(named: Self.leaf(of: entry.name)) else {
        return false
      }
      return entry.name == "\(name).\(Self.leaf(of: entry.name))" || entry.fullName[..<dot] == name
    }
  }

  private mutating func assign(_ entry: StateDictionary.Entry, _ axes: StoredAxes?, to key: ParameterKey) {
    sources[key] = .array(entry, axes)
    used.insert(entry.fullName)
  }

  /// `node/role`; the name of a node may hold slashes itself. PyTorch's names of roles are understood as well.
  private func parameter(_ text: String) -> ParameterKey? {
    guard let slash = text.lastIndex(of: "/"), let index = network.index(of: String(text[..<slash])) else { return nil }
    let role = String(text[text.index(after: slash)...])
    let keys = network.parameterSpecifications(of: index).map(\.key)
    return keys.first { $0.role.rawValue == role } ?? keys.first { TensorLeaf(of: $0.role).name == role }
  }

  private func unknown(_ name: String, for ours: String) -> ExchangeError {
    let names = state.entries.map(\.name).sorted(by: NaturalOrder.precedes)
    let shown = names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", … (\(names.count) in all)" : "")
    return ExchangeError(
      file: state.file, expected: "the tensor \(name), which the map gives for \(ours)",
      found: names.isEmpty ? "no tensors" : shown)
  }

  private var examples: String {
    let keys = network.parameterSpecifications.prefix(3).map(\.key.description)
    return keys.isEmpty ? "none, for the network has none" : keys.joined(separator: ", ")
  }

  private static func leaf(of name: String) -> String {
    name.split(separator: ".").last.map(String.init) ?? name
  }
}
