import Networks

/// Finds the tensor of a state dictionary for every parameter of a network: by a map, then by name, after removing a
/// common prefix, then by shape and order. It is an error if more than one assignment fits.
struct StateMatching {
  /// The network, with the normalisation that the file holds.
  private(set) var network: Network
  let state: StateDictionary
  /// The tensors found.
  private(set) var sources: [ParameterKey: TensorSource] = [:]
  /// Whether every tensor was found by its name.
  private(set) var namesSufficed = false
  /// A line about each decision.
  private(set) var notes: [Note] = []

  private var wanted: [WantedNode] = []
  private var offered: [StateModule] = []
  /// The matches by shape, one text each.
  private var guesses: [String] = []
  /// Tensors whose names match and whose shapes do not.
  private var misfits: [String] = []

  /// Matches everything, or throws an error that names what is left on both sides.
  init(network: Network, state: StateDictionary, map: TensorMap) throws {
    self.network = network
    self.state = state
    var mapping = MapResolution(network: network, state: state)
    try mapping.resolve(map)
    sources = mapping.sources
    offered = StateModule.modules(of: state.entries.filter { !mapping.used.contains($0.fullName) })
    for index in network.nodes.indices {
      let missing = network.parameterSpecifications(of: index).filter { mapping.sources[$0.key] == nil }
      guard !missing.isEmpty else { continue }
      wanted.append(WantedNode(network, index, missing))
    }
    try matchNames()
    namesSufficed = wanted.allSatisfy(\.isNormalization)
    let normalization = try FileNormalization.only(in: offered, file: state.file)
    if let normalization { try take(normalization) }
    matchShapes()
    takeStatedNormalization()
    try finish()
    if let normalization { try insertWhereMissing(normalization) }
  }

  private mutating func matchNames() throws {
    let places = StatePlacement.complete(of: wanted, in: offered)
    var prefix = state.prefix
    if let place = places.first {
      for other in places.dropFirst() { try dropCopy(other, of: place) }
      accept(place)
      prefix = state.fullName(ofModule: place.prefix.split(separator: ".").joined(separator: "."))
    } else if let place = StatePlacement.partial(of: wanted, in: offered) {
      recordMisfits(place)
      accept(place)
      prefix = state.fullName(ofModule: place.prefix.split(separator: ".").joined(separator: "."))
    }
    if !prefix.isEmpty { notes.append("names are those of the file behind '\(prefix).'") }
  }

  /// A second prefix under which all names are found is ignored where the tensors are equal. Otherwise it is an error,
  /// as either could be meant.
  private mutating func dropCopy(_ other: StatePlacement, of place: StatePlacement) throws {
    let entries = Dictionary(state.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let names = [place, other].map { state.fullName(ofModule: String($0.prefix.dropLast())) }
    for (index, tensors) in place.found {
      for (key, name) in tensors {
        guard let copy = other.found[index]?[key], copy != name, let a = entries[name], let b = entries[copy] else {
          continue
        }
        guard try a.tensor.scalars() == b.tensor.scalars() else {
          throw ExchangeError(
            file: state.file, object: b.tensor.path, expected: "one set of weights",
            found:
              "the same names behind \(names.map { $0.isEmpty ? "nothing" : "'\($0).'" }.joined(separator: " and ")) "
              + "with other values; a map says which is meant: a line such as '* \(names[1]).*'")
        }
      }
    }
    let copied = Set(other.found.values.flatMap(\.values))
    removeEntries { copied.contains($0.name) }
    notes.append("'\(names[1]).' is a copy of '\(names[0].isEmpty ? "" : names[0] + ".")' and is ignored")
  }

  private mutating func accept(_ place: StatePlacement) {
    let entries = Dictionary(state.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for tensors in place.found.values {
      for (key, name) in tensors { sources[key] = entries[name].map { .array($0, nil) } }
    }
    wanted.removeAll { place.found[$0.index] != nil }
    let used = Set(place.found.values.flatMap(\.values))
    removeEntries { used.contains($0.name) }
  }

  /// Removes tensors; modules keep their order.
  private mutating func removeEntries(where isUsed: (StateDictionary.Entry) -> Bool) {
    offered = offered.compactMap { module in
      let left = module.entries.filter { !isUsed($0.value) }
      return left.isEmpty ? nil : StateModule(name: module.name, entries: left)
    }
  }

  private mutating func recordMisfits(_ place: StatePlacement) {
    for node in wanted where place.found[node.index] == nil {
      let name = place.prefix + node.components.dropFirst(place.dropped).joined(separator: ".")
      guard let module = offered.first(where: { $0.name == name }) else { continue }
      for specification in node.specifications {
        let found = module.entries[TensorLeaf(of: specification.key.role)]?.shape
        guard found != specification.shape else { continue }
        misfits.append(
          "\(specification.key) is \(specification.shape) in the network and "
            + (found.map { "\($0) in the file" } ?? "not in the file"))
      }
    }
  }

  /// Uses the file's normalisation for the network's affine map.
  private mutating func take(_ normalization: FileNormalization) throws {
    try checkChannels(of: normalization)
    removeEntries { [.mean, .deviation].contains(TensorLeaf(named: Self.leaf(of: $0.name))) }
    let maps = wanted.filter { $0.isNormalization && !network.statesConstant($0.index) }
    guard let node = maps.first, maps.count == 1 else { return }
    if case .affine(let payload) = network.nodes[node.index].operation, payload.isStated,
      !normalization.agrees(with: payload, channels: network.nodes[node.index].shape[0])
    {
      throw ExchangeError(
        file: state.file, object: normalization.mean.tensor.path,
        expected: "the normalisation that the architecture states at '\(node.name)', or an architecture without one",
        found: "\(normalization.text) in the file")
    }
    sources[ParameterKey(node.name, .scale)] = .reciprocal(of: normalization.deviation)
    sources[ParameterKey(node.name, .shift)] = .quotient(mean: normalization.mean, deviation: normalization.deviation)
    wanted.removeAll { $0.index == node.index }
    notes.append("images are normalised by \(normalization.text), as the file has it (\(normalization.mean.name))")
  }

  private func checkChannels(of normalization: FileNormalization) throws(ExchangeError) {
    let channels = network.inputShape[0]
    guard normalization.fits(channels: channels) else {
      throw ExchangeError(
        file: state.file, object: normalization.mean.tensor.path,
        expected: "one mean for all, or one for each of \(channels) channels", found: normalization.text)
    }
  }

  /// A network without a normalisation of the images gets the file's before everything else.
  private mutating func insertWhereMissing(_ normalization: FileNormalization) throws {
    guard !sources.values.contains(where: \.isReciprocal) else { return }
    guard network.inputNormalization == nil else {
      throw ExchangeError(
        file: state.file, object: normalization.mean.tensor.path,
        expected: "one normalisation of the images", found: "another beside that of the network")
    }
    let name = try network.insertNormalization(normalization.normalization())
    sources[ParameterKey(name, .scale)] = .reciprocal(of: normalization.deviation)
    sources[ParameterKey(name, .shift)] = .quotient(mean: normalization.mean, deviation: normalization.deviation)
    notes.append("images are normalised by \(normalization.text), as the file has it (\(normalization.mean.name))")
  }

  /// An input normalisation whose values the network states needs none in the file: in many projects other code
  /// normalises the images. Nor does a factor that is a number of the code.
  private mutating func takeStatedNormalization() {
    for node in wanted {
      guard case .affine(let stated) = network.nodes[node.index].operation, stated.isStated, node.isNormalization else {
        continue
      }
      for specification in node.specifications {
        sources[specification.key] = .stated(
          specification.key.role == .scale ? stated.initialScale : stated.initialShift)
      }
      if !network.statesConstant(node.index) {
        notes.append("\(node.name) is as the architecture states it, for the file has none")
      }
      wanted.removeAll { $0.index == node.index }
    }
  }

  /// Modules of equal shapes are distinguished by the numbers in their names, or by the order of the file, or not at
  /// all. There is no convention for which of two branches comes first, so order is used for chains alone.
  private mutating func matchShapes() {
    let isChain = network.nodes.indices.dropFirst().allSatisfy { network.nodes[$0].inputs == [$0 - 1] }
    let keepsOrder = state.keepsOrder && isChain
    for signature in Set(wanted.map(\.signature)) {
      let nodes = wanted.filter { $0.signature == signature }
      let modules = offered.filter { $0.signature == signature }
      guard nodes.count == modules.count else { continue }
      let ordered = keepsOrder ? modules : modules.sorted { NaturalOrder.precedes($0.name, $1.name) }
      let patterns = Set(modules.map { NaturalOrder.pattern($0.name) })
      guard modules.count == 1 || keepsOrder || patterns.count == 1 else { continue }
      for (node, module) in zip(nodes, ordered) {
        guesses.append("\(node.name) is \(module.name)")
        accept(module, for: node)
      }
    }
    noteGuesses()
  }

  /// Adds one note with all matches by shape.
  private mutating func noteGuesses() {
    guard !guesses.isEmpty else { return }
    guesses.sort(by: NaturalOrder.precedes)
    let count = guesses.count == 1 ? "1 layer" : "\(guesses.count) layers"
    notes.append("\(count) found by shape and order, not by name: \(Self.list(guesses))")
  }

  private mutating func accept(_ module: StateModule, for node: WantedNode) {
    for specification in node.specifications {
      guard let entry = module.entries[TensorLeaf(of: specification.key.role)] else { continue }
      sources[specification.key] = .array(entry, nil)
    }
    wanted.removeAll { $0.index == node.index }
    offered.removeAll { $0.name == module.name }
  }

  /// Everything must be found. If names alone sufficed, what is left in the file is another head or a copy.
  private mutating func finish() throws(ExchangeError) {
    let left = offered.flatMap(\.entries.values).sorted { NaturalOrder.precedes($0.name, $1.name) }
    if wanted.isEmpty, left.isEmpty { return }
    if wanted.isEmpty, namesSufficed {
      notes.append("not used: \(Self.list(left.map(\.name)))")
      return
    }
    guard misfits.isEmpty else {
      throw ExchangeError(
        file: state.file, expected: "weights of this architecture",
        found: Self.list(misfits, separator: "; ", limit: 2))
    }
    let ours = wanted.flatMap { $0.specifications.map { "\($0.key) \($0.shape)" } }
    let theirs = left.map { "\($0.name) \($0.shape)" }
    throw ExchangeError(
      file: state.file, expected: "one tensor for each parameter, by name, or by shape and order",
      found: "no single way to match \(Self.list(ours)) of the network with \(Self.list(theirs)) of the file; "
        + "a map resolves it (--map), with lines such as '\(exampleLine(left))'")
  }

  private func exampleLine(_ left: [StateDictionary.Entry]) -> String {
    guard let key = wanted.first?.specifications.first?.key else { return "node/weight name" }
    let leaf = TensorLeaf(of: key.role)
    let entry = offered.lazy.compactMap { $0.entries[leaf] }.first ?? left.first
    return "\(key) \(entry?.name ?? "name")"
  }

  private static func leaf(of name: String) -> String {
    name.split(separator: ".").last.map(String.init) ?? name
  }

  /// A few of many names.
  private static func list(_ names: [String], separator: String = ", ", limit: Int = 4) -> String {
    if names.isEmpty { return "nothing" }
    return names.prefix(limit).joined(separator: separator)
      + (names.count > limit ? "\(separator)… (\(names.count) in all)" : "")
  }
}

extension WantedNode {
  fileprivate init(_ network: Network, _ index: Int, _ specifications: [ParameterSpecification]) {
    let operation = network.nodes[index].operation
    let isNormalization: Bool = if case .affine(let payload) = operation { !payload.isTrainable } else { false }
    self.init(
      index: index, name: network.nodes[index].name, specifications: specifications,
      isLayerScale: operation.isLayerScale, isNormalization: isNormalization && !operation.isLayerScale)
  }
}

extension Affine {
  /// Whether the architecture states its initial values.
  fileprivate var isStated: Bool { initialScale != [1] || initialShift != [0] }
}

extension Network {
  /// Whether a node is a frozen map with stated values that does not normalise the images: PyTorch's code has it as a
  /// number, and no module.
  func statesConstant(_ index: Int) -> Bool {
    guard case .affine(let payload) = nodes[index].operation, !payload.isTrainable, payload.isStated else {
      return false
    }
    var input = nodes[index].inputs[0]
    while input > 0 {
      switch nodes[input].operation {
      case .reshape, .permute, .flatten: input = nodes[input].inputs[0]
      default: return true
      }
    }
    return false
  }

  /// Whether the parameters of such a node are the stated values.
  func statesConstant(_ index: Int, _ parameters: Parameters) -> Bool {
    guard statesConstant(index), case .affine(let payload) = nodes[index].operation else { return false }
    return [(ParameterRole.scale, payload.initialScale), (.shift, payload.initialShift)].allSatisfy { role, values in
      parameters[nodes[index].name, role]?.scalars.enumerated().allSatisfy { channel, value in
        value == values[values.count == 1 ? 0 : channel]
      } ?? true
    }
  }
}

extension TensorSource {
  fileprivate var isReciprocal: Bool { if case .reciprocal = self { true } else { false } }
}
