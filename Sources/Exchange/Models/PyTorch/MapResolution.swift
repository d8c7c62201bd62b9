import Networks

/// What a map says about a network and a state dictionary.
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
    for (ours, theirs) in map.names.sorted(by: { $0.key < $1.key }) {
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

  private mutating func resolveModule(
    _ index: Int, _ name: String, _ axes: StoredAxes?, for ours: String
  ) throws(ExchangeError) {
    for specification in network.parameterSpecifications(of: index) {
      let leaf = TensorLeaf(of: specification.key.role)
      let dotted = name.split(whereSeparator: { $0 == "/" || $0 == "." }).joined(separator: ".")
      let entry = state.entries.first { entry in
        guard let dot = entry.fullName.lastIndex(of: "."), leaf == TensorLeaf(named: Self.leaf(of: entry.name)) else {
          return false
        }
        return entry.name == "\(dotted).\(Self.leaf(of: entry.name))" || entry.fullName[..<dot] == dotted
      }
      guard let entry else { throw unknown("\(name).\(leaf.name)", for: ours) }
      assign(entry, specification.shape.rank > 1 ? axes : nil, to: specification.key)
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
    let shown = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
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
