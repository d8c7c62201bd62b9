import Networks

/// A node with parameters that have not been found yet.
struct WantedNode {
  let index: Int
  let name: String
  let specifications: [ParameterSpecification]
  /// Whether PyTorch's code writes it as a parameter of the block it scales, and not as a module.
  let isLayerScale: Bool
  /// Whether the file may lack it, or store it in another form: an input normalisation.
  let isNormalization: Bool

  var signature: ModuleSignature { ModuleSignature(specifications) }
  /// The parts of its name; PyTorch has dots where a node's name may have slashes.
  var components: [Substring] { name.split(whereSeparator: { $0 == "/" || $0 == "." }) }
}

/// A prefix under which the nodes of a network are found by name among the modules of a file: `module.` of a parallel
/// wrapper, `1.` of a `Sequential` that normalises first, `resnet.` of a class of one's own.
struct StatePlacement: Hashable {
  /// The prefix of the file's names, with the dot at its end; often empty.
  let prefix: String
  /// The number of leading parts that the network's names have beyond those of the file: the network may have been
  /// described with a wrapper.
  let dropped: Int
  /// The full names of the tensors of every node that was found.
  let found: [Int: [ParameterKey: String]]

  /// The placements in which all required nodes are found; those with the shortest prefix first.
  static func complete(of nodes: [WantedNode], in modules: [StateModule]) -> [StatePlacement] {
    let required = nodes.filter { !$0.isNormalization }
    guard let first = required.first(where: { !$0.isLayerScale }) ?? required.first else { return [] }
    let table = ModuleTable(modules)
    var placements: [StatePlacement] = []
    for dropped in 0...sharedPrefix(of: required) {
      let name = first.components.dropFirst(dropped).joined(separator: ".")
      for prefix in table.prefixes(before: name, isEntry: first.isLayerScale) {
        let placement = StatePlacement(prefix, dropped, nodes, table)
        guard required.allSatisfy({ placement.found[$0.index] != nil }) else { continue }
        // Another prefix that leads to the same tensors does not count.
        if placements.allSatisfy({ $0.found != placement.found }) { placements.append(placement) }
      }
    }
    return placements
  }

  /// The placement with the most nodes found, of the prefixes that all weights of the file share; nil where no node is
  /// found.
  static func partial(of nodes: [WantedNode], in modules: [StateModule]) -> StatePlacement? {
    let table = ModuleTable(modules)
    let shared = table.sharedComponents
    var best: StatePlacement?
    for dropped in 0...sharedPrefix(of: nodes) {
      for count in 0...shared.count {
        let prefix = shared.prefix(count).map { $0 + "." }.joined()
        let placement = StatePlacement(prefix, dropped, nodes, table)
        if placement.found.count > best?.found.count ?? 0 { best = placement }
      }
    }
    return best
  }

  private init(_ prefix: String, _ dropped: Int, _ nodes: [WantedNode], _ table: ModuleTable) {
    self.prefix = prefix
    self.dropped = dropped
    var found: [Int: [ParameterKey: String]] = [:]
    for node in nodes {
      let name = node.components.dropFirst(dropped).joined(separator: ".")
      found[node.index] = table.tensors(of: node, named: prefix + name)
    }
    self.found = found
  }

  /// The leading parts that the names of all nodes share; each keeps one part of its own.
  private static func sharedPrefix(of nodes: [WantedNode]) -> Int {
    sharedParts(of: nodes.map { $0.components.map(String.init) }, keeping: 1).count
  }
}

/// The leading parts that all names share, where each keeps some of its own.
private func sharedParts(of names: [[String]], keeping kept: Int) -> [String] {
  guard var shared = names.first.map({ Array($0.dropLast(kept)) }) else { return [] }
  for name in names.dropFirst() {
    let common = zip(shared, name.dropLast(kept)).prefix { $0.0 == $0.1 }
    shared = common.map(\.0)
  }
  return shared
}

/// The modules of a file by their names.
private struct ModuleTable {
  private let modules: [String: StateModule]
  private let entries: [String: StateDictionary.Entry]
  /// The leading parts that the names of all modules with weights share.
  let sharedComponents: [String]

  init(_ modules: [StateModule]) {
    self.modules = Dictionary(modules.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    entries = Dictionary(
      modules.flatMap { $0.entries.values.map { ($0.name, $0) } }, uniquingKeysWith: { first, _ in first })
    let weighted = modules.filter { $0.entries[.weight] != nil }
    sharedComponents = sharedParts(of: weighted.map { $0.name.split(separator: ".").map(String.init) }, keeping: 1)
  }

  /// The prefixes of the file's names that end in a name.
  func prefixes(before name: String, isEntry: Bool) -> [String] {
    let names = isEntry ? Array(entries.keys) : Array(modules.keys)
    let prefixes = names.compactMap { full -> String? in
      if full == name { return "" }
      return full.hasSuffix("." + name) ? String(full.dropLast(name.count)) : nil
    }
    return prefixes.sorted { ($0.count, $0) < ($1.count, $1) }
  }

  /// The names of the tensors of a node that goes by a name, where they are of its shapes.
  func tensors(of node: WantedNode, named name: String) -> [ParameterKey: String]? {
    if let module = modules[name], module.signature == node.signature {
      let names = node.specifications.compactMap { specification in
        module.entries[TensorLeaf(of: specification.key.role)].map { (specification.key, $0.name) }
      }
      return Dictionary(names, uniquingKeysWith: { first, _ in first })
    }
    // The tensor of a layer scale has the name of the node itself.
    guard node.isLayerScale, let entry = entries[name], ModuleSignature([.weight: entry.shape]) == node.signature
    else { return nil }
    return Dictionary(node.specifications.map { ($0.key, entry.name) }, uniquingKeysWith: { first, _ in first })
  }
}
