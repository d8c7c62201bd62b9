import HDF5
import Networks

/// Finds the tensor of a state dictionary for every parameter of a network: as a map says, then by name, then by shape
/// and order. What more than one assignment would fit is refused.
struct StateMatching {
  let network: Network
  let state: StateDictionary
  /// What was found.
  private(set) var sources: [ParameterKey: TensorSource] = [:]
  /// What was decided on the way.
  private(set) var notes: [String] = []

  /// A node with parameters that are not found yet.
  private struct Wanted {
    let index: Int
    let name: String
    let specifications: [ParameterSpecification]
    var signature: ModuleSignature { ModuleSignature(specifications) }
  }

  private var wanted: [Wanted] = []
  private var offered: [StateModule] = []

  /// Matches everything, or throws what is left on both sides.
  init(network: Network, state: StateDictionary, map: TensorMap) throws(ExchangeError) {
    self.network = network
    self.state = state
    var mapping = MapResolution(network: network, state: state)
    try mapping.resolve(map)
    sources = mapping.sources
    offered = StateModule.modules(of: state.entries.filter { !mapping.used.contains($0.fullName) })
    for index in network.nodes.indices {
      let missing = network.parameterSpecifications(of: index).filter { mapping.sources[$0.key] == nil }
      guard !missing.isEmpty else { continue }
      wanted.append(Wanted(index: index, name: network.nodes[index].name, specifications: missing))
    }
    matchNames()
    let wasCertain = wanted.allSatisfy { statedNormalization($0) != nil }
    matchNormalization()
    matchShapes()
    takeStatedNormalization()
    try finish(namesSufficed: wasCertain)
  }

  private mutating func matchNames() {
    let dotted = wanted.map { $0.name.split(whereSeparator: { $0 == "/" || $0 == "." }).map(String.init) }
    // The network may have been written down with a wrapper, that of this file or another.
    let wrapperCount = StateDictionary.wrapperCount(dotted, keeping: 1)
    for (node, components) in zip(wanted, dotted) {
      let names = [components[...], components.dropFirst(wrapperCount)].map { $0.joined(separator: ".") }
      let module = offered.first { names.contains($0.name) && $0.signature == node.signature }
      if let module {
        accept(module, for: node)
      } else if network.nodes[node.index].operation.isLayerScale {
        matchLayerScale(node, names)
      }
    }
  }

  /// The tensor of a layer scale has the name of the node itself.
  private mutating func matchLayerScale(_ node: Wanted, _ names: [String]) {
    for module in offered {
      for (leaf, entry) in module.entries where names.contains(entry.name) {
        guard ModuleSignature([.weight: entry.shape]) == node.signature else { continue }
        for specification in node.specifications { sources[specification.key] = .array(entry, nil) }
        wanted.removeAll { $0.index == node.index }
        remove([leaf], of: module)
        return
      }
    }
  }

  /// Mean and standard deviation that the file subtracts and divides by are an affine map of the network.
  private mutating func matchNormalization() {
    let nodes = wanted.filter { node in
      if case .affine = network.nodes[node.index].operation { true } else { false }
    }
    let modules = offered.filter { Set($0.entries.keys).isSuperset(of: [.mean, .deviation]) }
    guard let node = nodes.first, nodes.count == 1, let module = modules.first, modules.count == 1,
      let mean = module.entries[.mean], let deviation = module.entries[.deviation]
    else { return }
    let expected = node.signature.shapes[.weight]
    let found = module.signature.shapes
    guard found[.mean] == expected, found[.deviation] == expected else { return }
    sources[ParameterKey(node.name, .scale)] = .reciprocal(of: deviation)
    sources[ParameterKey(node.name, .shift)] = .quotient(mean: mean, deviation: deviation)
    notes.append("\(node.name) is the normalisation by \(mean.name) and \(deviation.name)")
    wanted.removeAll { $0.index == node.index }
    remove([.mean, .deviation], of: module)
  }

  /// An input normalisation whose values the network states needs none in the file: many checkpoints leave it to the code
  /// around the model.
  private mutating func takeStatedNormalization() {
    for node in wanted {
      guard let stated = statedNormalization(node) else { continue }
      for specification in node.specifications {
        let values = specification.key.role == .scale ? stated.initialScale : stated.initialShift
        sources[specification.key] = .stated(values)
      }
      notes.append("\(node.name) is as the architecture states it, for the file has none")
      wanted.removeAll { $0.index == node.index }
    }
  }

  private func statedNormalization(_ node: Wanted) -> Affine? {
    guard case .affine(let payload) = network.nodes[node.index].operation, !payload.isTrainable else { return nil }
    let isStated = payload.initialScale != [1] || payload.initialShift != [0]
    return isStated ? payload : nil
  }

  /// Modules of one shape are interchangeable to the eye: they are told apart by their numbers, or by the order the file
  /// keeps, or not at all. Which of two branches comes first is nobody's convention, so order serves chains alone.
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
        notes.append("\(node.name) is \(module.name), by \(modules.count == 1 ? "shape" : "order and shape")")
        accept(module, for: node)
      }
    }
    notes.sort(by: NaturalOrder.precedes)
  }

  private mutating func accept(_ module: StateModule, for node: Wanted) {
    for specification in node.specifications {
      guard let entry = module.entries[TensorLeaf(of: specification.key.role)] else { continue }
      sources[specification.key] = .array(entry, nil)
    }
    wanted.removeAll { $0.index == node.index }
    offered.removeAll { $0.name == module.name }
  }

  private mutating func remove(_ leaves: Set<TensorLeaf>, of module: StateModule) {
    offered.removeAll { $0.name == module.name }
    let others = module.entries.filter { !leaves.contains($0.key) }
    if !others.isEmpty { offered.append(StateModule(name: module.name, entries: others)) }
  }

  /// Everything must be found. What is left of the file is another head or a copy where names alone sufficed.
  private mutating func finish(namesSufficed: Bool) throws(ExchangeError) {
    let left = offered.flatMap(\.entries.values).sorted { NaturalOrder.precedes($0.name, $1.name) }
    if wanted.isEmpty, left.isEmpty { return }
    // A normalisation that is left out would change every result.
    if wanted.isEmpty, let module = offered.first(where: { $0.entries[.mean] != nil && $0.entries[.deviation] != nil })
    {
      throw ExchangeError(
        file: state.file, object: module.entries[.mean]?.dataset.path,
        expected: "a node 'affine' in the network for the normalisation of the file, or none in the file",
        found: "a network without one")
    }
    if wanted.isEmpty, namesSufficed {
      notes.append("not used: \(Self.list(left.map(\.name)))")
      return
    }
    let ours = wanted.flatMap { $0.specifications.map { "\($0.key) \($0.shape)" } }
    let theirs = left.map { "\($0.name) \($0.shape)" }
    throw ExchangeError(
      file: state.file, expected: "one tensor for each parameter, by name, or by shape and order",
      found: "no single way to match \(Self.list(ours)) of the network with \(Self.list(theirs)) of the file; "
        + "a map resolves it, lines such as '\(exampleLine(left))'")
  }

  private func exampleLine(_ left: [StateDictionary.Entry]) -> String {
    guard let key = wanted.first?.specifications.first?.key else { return "node/weight name" }
    let leaf = TensorLeaf(of: key.role)
    let entry = offered.lazy.compactMap { $0.entries[leaf] }.first ?? left.first
    return "\(key) \(entry?.name ?? "name")"
  }

  /// A dozen of many names.
  private static func list(_ names: [String]) -> String {
    if names.isEmpty { return "nothing" }
    return names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", … (\(names.count) in all)" : "")
  }
}
