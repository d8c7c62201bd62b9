import HDF5

/// The weights in a Keras legacy file: one group per layer of the outermost model, in it a list of names and what they
/// name.
///
/// Both a layer and a variable may have slashes in their names; they are paths then, and say nothing of any structure.
struct KerasLegacyWeights {
  private let group: Group
  private let layerNames: [String]

  /// Takes the group with the attribute `layer_names`: `/model_weights`, or `/` in a file of weights alone.
  init(_ group: Group) throws {
    self.group = group
    guard let names = try Self.names("layer_names", in: group) else {
      throw KerasFailure(expected: "the attribute layer_names", found: "none", at: group.path)
    }
    layerNames = names
    let version = try group.attributes.string("keras_version") ?? ""
    let backend = try group.attributes.string("backend") ?? ""
    guard !version.hasPrefix("1."), backend != "theano" else {
      throw KerasFailure(
        "was written by Keras \(version) on \(backend), which arranges kernels in another way; save it with Keras 2 on "
          + "TensorFlow", at: group.path)
    }
  }

  /// A list of names; a long one is cut into `name0`, `name1` and so on, because an attribute is at most 64 KiB long.
  static func names(_ name: String, in group: Group) throws -> [String]? {
    if let names = try group.attributes.strings(name) { return names }
    var names: [String] = []
    var number = 0
    while let part = try group.attributes.strings("\(name)\(number)") {
      names += part
      number += 1
    }
    return number == 0 ? nil : names
  }

  /// A layer's group as the file has it.
  private struct Entry {
    let name: String
    let group: Group
    let weights: [String]
  }

  /// The values of all variables of the layers of a model.
  func values(of layers: [KerasWeightedLayer], notes: inout [String]) throws -> KerasValues {
    let owners = layers.filter { !$0.leaves.isEmpty }
    var entries: [Entry] = []
    for name in layerNames {
      let group = try group.group(name)
      let weights = try Self.names("weight_names", in: group) ?? []
      if !weights.isEmpty { entries.append(Entry(name: name, group: group, weights: weights)) }
    }
    var values: KerasValues = [:]
    for (owner, entry) in try pair(owners, with: entries, &notes) {
      try read(owner, from: entry, into: &values)
    }
    return values
  }

  /// By name where every layer finds its own, in order of appearance otherwise: names may have been made up anew.
  private func pair(
    _ owners: [KerasWeightedLayer], with entries: [Entry], _ notes: inout [String]
  ) throws -> [(KerasWeightedLayer, Entry)] {
    let byName = Dictionary(entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    guard owners.count == entries.count else {
      throw KerasFailure(
        expected: "weights of \(owners.count) layers (\(list(owners.map(\.layer.name))))",
        found: "those of \(entries.count) (\(list(entries.map(\.name))))", at: group.path)
    }
    let named = owners.compactMap { byName[$0.layer.name] }
    if named.count == owners.count, Set(named.map(\.name)).count == owners.count {
      return Array(zip(owners, named))
    }
    notes.append("The layers have other names in the file than in the architecture; they were taken in order.")
    return Array(zip(owners, entries))
  }

  private func list(_ names: [String]) -> String {
    names.count <= 12 ? names.joined(separator: ", ") : names.prefix(12).joined(separator: ", ") + ", …"
  }

  private func read(_ owner: KerasWeightedLayer, from entry: Entry, into values: inout KerasValues) throws {
    let leaves = owner.leaves
    let expected = leaves.reduce(0) { $0 + $1.variables.count }
    guard entry.weights.count == expected else {
      throw KerasFailure(
        expected: "\(expected) variables", found: "\(entry.weights.count): \(list(entry.weights))", at: owner.place)
    }
    let assignment =
      owner.layer.model == nil
      ? [inLeaf(leaves[0].variables, names: entry.weights)]
      : inModel(leaves, names: entry.weights)
    for (leaf, names) in zip(leaves, assignment) {
      values[leaf.path] = try zip(leaf.variables, names).map { variable, name in
        try KerasVariableReading.scalars(of: entry.group.dataset(name), for: variable, in: leaf)
      }
    }
  }

  /// The names of a layer's variables in its own order: by name where all are known and different, else as they stand.
  private func inLeaf(_ variables: [KerasVariable], names: [String]) -> [String] {
    let byLeaf = Dictionary(grouping: names, by: Self.leafName)
    let matched = variables.compactMap { variable -> String? in
      let candidates = variable.names.flatMap { byLeaf[$0] ?? [] }
      return candidates.count == 1 ? candidates[0] : nil
    }
    return matched.count == variables.count && Set(matched).count == matched.count ? matched : names
  }

  /// The names of all variables in a model that is a layer. They share one list: first all trainable ones, then the
  /// others, each in the order of the layers.
  private func inModel(_ leaves: [KerasWeightedLayer], names: [String]) -> [[String]] {
    if let assignment = byLayerName(leaves, names: names) { return assignment }
    // Names that do not tell the layers apart: a queue for each kind of variable, frozen layers last.
    var queues = Dictionary(grouping: names, by: Self.leafName)
    var assignment = Array(repeating: [String](), count: leaves.count)
    let order =
      leaves.indices.filter { leaves[$0].layer.isTrainable }
      + leaves.indices.filter { !leaves[$0].layer.isTrainable }
    for index in order {
      for variable in leaves[index].variables {
        let name = variable.names.lazy.compactMap { name -> String? in
          guard let first = queues[name]?.first else { return nil }
          queues[name]?.removeFirst()
          return first
        }.first
        assignment[index].append(name ?? names.first ?? "")
      }
    }
    return assignment
  }

  /// Where the component before the last is the name of exactly one layer, that decides.
  private func byLayerName(_ leaves: [KerasWeightedLayer], names: [String]) -> [[String]]? {
    let byLayer = Dictionary(grouping: names) { name in
      let components = name.split(separator: "/")
      return components.count >= 2 ? String(components[components.count - 2]) : ""
    }
    guard Set(leaves.map(\.layer.name)).count == leaves.count else { return nil }
    var assignment: [[String]] = []
    for leaf in leaves {
      guard let own = byLayer[leaf.layer.name], own.count == leaf.variables.count else { return nil }
      assignment.append(inLeaf(leaf.variables, names: own))
    }
    return assignment
  }

  /// `kernel` of `scope/conv_1/kernel_2:0`.
  private static func leafName(_ name: String) -> String {
    var leaf = name.split(separator: "/").last.map(String.init) ?? name
    if let colon = leaf.lastIndex(of: ":") { leaf = String(leaf[..<colon]) }
    guard let underscore = leaf.lastIndex(of: "_"), Int(leaf[leaf.index(after: underscore)...]) != nil else {
      return leaf
    }
    return String(leaf[..<underscore])
  }
}

/// Reading one variable.
enum KerasVariableReading {
  static func scalars(
    of dataset: HDF5.Dataset, for variable: KerasVariable, in layer: KerasWeightedLayer
  ) throws -> [Float] {
    let what = variable.names[0]
    let place = "\(layer.place), \(what) at \(dataset.path)"
    let expected = variable.arrangement.kerasShape
    // What only Keras has a use for may be of any type.
    if variable.arrangement.kerasShape.isEmpty, what == "count" { return [0] }
    switch dataset.elementType {
    case .float: break
    case .integer, .boolean:
      throw KerasFailure(
        expected: "floating-point numbers", found: "\(dataset.elementType): quantised weights are not read", at: place)
    case .string, .other:
      throw KerasFailure(expected: "floating-point numbers", found: "\(dataset.elementType)", at: place)
    }
    // A scalar may have been stored as an array of one element, and the other way round.
    guard dataset.shape == expected || (expected.reduce(1, *) == 1 && dataset.shape.allSatisfy { $0 == 1 }) else {
      throw KerasFailure(expected: text(expected), found: text(dataset.shape), at: place)
    }
    return try dataset.read(as: Float.self)
  }

  private static func text(_ shape: [Int]) -> String {
    shape.isEmpty ? "a scalar" : "shape \(shape.map(String.init).joined(separator: "×"))"
  }
}
