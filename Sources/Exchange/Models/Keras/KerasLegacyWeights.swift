import HDF5
import Networks

/// The weights in a Keras legacy file: one group per layer of the outermost model, in it a list of names and the
/// datasets of these names.
///
/// Both a layer and a variable may have slashes in their names; they are paths then, which do not describe the
/// structure.
struct KerasLegacyWeights {
  private let group: Group
  private let layerNames: [String]
  private let generation: KerasGeneration

  /// Takes the group with the attribute `layer_names`: `/model_weights`, or `/` in a file of weights alone.
  init(_ group: Group) throws {
    self.group = group
    guard let names = try Self.names("layer_names", in: group) else {
      throw KerasFailure(expected: "the attribute layer_names", found: "none", at: group.path)
    }
    layerNames = names
    let version = try group.attributes.string("keras_version") ?? ""
    let backend = try group.attributes.string("backend") ?? ""
    generation = KerasGeneration(version: version)
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
  func values(of layers: [KerasWeightedLayer], notes: inout [Note]) throws -> KerasValues {
    let owners = layers.filter { !$0.leaves.isEmpty }
    var entries: [Entry] = []
    for name in layerNames {
      let group = try group.group(name)
      let weights = try Self.names("weight_names", in: group) ?? []
      if !weights.isEmpty { entries.append(Entry(name: name, group: group, weights: weights)) }
    }
    var values: KerasValues = [:]
    for (owner, entry) in try pair(owners, with: entries, &notes) {
      try read(owner, from: entry, into: &values, &notes)
    }
    return values
  }

  /// By name where the file has a group for every layer, otherwise in order: Keras may have given other names.
  private func pair(
    _ owners: [KerasWeightedLayer], with entries: [Entry], _ notes: inout [Note]
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

  private func read(
    _ owner: KerasWeightedLayer, from entry: Entry, into values: inout KerasValues, _ notes: inout [Note]
  ) throws {
    let leaves = Dictionary(owner.leaves.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    let expected = leaves.values.reduce(0) { $0 + $1.variables.count }
    guard entry.weights.count == expected else {
      throw KerasFailure(
        expected: "\(expected) variables", found: "\(entry.weights.count): \(list(entry.weights))", at: owner.place)
    }
    let datasets = try entry.weights.map { try entry.group.dataset($0) }
    let order = try order(of: owner, names: entry.weights, datasets, &notes)
    for (path, leaf) in leaves { values[path] = Array(repeating: [], count: leaf.variables.count) }
    for (slot, dataset) in zip(order, datasets) {
      guard let leaf = leaves[slot.path] else { continue }
      values[slot.path]?[slot.variable] = try KerasVariableReading.scalars(
        of: dataset, for: leaf.variables[slot.variable], in: leaf)
    }
  }

  /// Which variable each dataset of a layer is: in Keras' order, where shapes and names do not contradict it.
  ///
  /// - Throws: `KerasFailure` where two readings fit that give different weights.
  private func order(
    of owner: KerasWeightedLayer, names: [String], _ datasets: [HDF5Dataset], _ notes: inout [Note]
  ) throws -> [KerasLegacyOrder.Slot] {
    let leaves = owner.leaves
    let evidence = KerasLegacyNames(names, leaves: leaves)
    let candidates = KerasLegacyOrder(generation: generation).candidates(for: owner)
    let fitting = candidates.filter { fits($0, leaves, datasets) && evidence.evidence(for: $0) != .against }
    let byName = evidence.order().flatMap { fits($0, leaves, datasets) ? $0 : nil }
    guard !fitting.isEmpty else {
      guard let byName else {
        // Reading an order that does not fit throws an error that says where.
        guard fits(candidates[0], leaves, datasets) else { return candidates[0] }
        throw KerasFailure(
          "the names of its variables are not in the order in which Keras saves those of this architecture: "
            + list(names), at: owner.place)
      }
      if leaves.count > 1 {
        notes.append(
          "The variables of \(owner.place) are not in the order of the architecture; they were taken by name.")
      }
      return byName
    }
    let strongest = fitting.map(evidence.evidence).max() ?? .none
    let best = fitting.filter { evidence.evidence(for: $0) == strongest }
    guard best.count == 1, byName ?? best[0] == best[0] else {
      throw KerasFailure(
        "the file and the architecture allow two readings of its variables, because they do not agree on which layers "
          + "are frozen, and names do not decide; save the model again as a whole", at: owner.place)
    }
    return best[0]
  }

  private func fits(
    _ order: [KerasLegacyOrder.Slot], _ leaves: [KerasWeightedLayer], _ datasets: [HDF5Dataset]
  ) -> Bool {
    let variables = Dictionary(leaves.map { ($0.path, $0.variables) }, uniquingKeysWith: { first, _ in first })
    return zip(order, datasets).allSatisfy { slot, dataset in
      variables[slot.path].map { KerasVariableReading.fits(dataset, $0[slot.variable]) } ?? false
    }
  }
}

/// Reads one variable.
enum KerasVariableReading {
  static func scalars(
    of dataset: HDF5Dataset, for variable: KerasVariable, in layer: KerasWeightedLayer
  ) throws -> [Float] {
    let what = variable.names[0]
    let place = "\(layer.place), \(what) at \(dataset.path)"
    let expected = variable.arrangement.kerasShape
    // A variable that only Keras uses may be of any type.
    if variable.arrangement.kerasShape.isEmpty, what == "count" { return [0] }
    switch dataset.elementType {
    case .float, .bfloat16: break
    case .integer, .boolean:
      throw KerasFailure(
        expected: "floating-point numbers", found: "\(dataset.elementType): quantised weights are not read", at: place)
    case .string, .other:
      throw KerasFailure(expected: "floating-point numbers", found: "\(dataset.elementType)", at: place)
    }
    guard fits(dataset, variable) else {
      throw KerasFailure(expected: text(expected), found: text(dataset.shape), at: place)
    }
    return try dataset.read(as: Float.self)
  }

  /// Whether a dataset has the shape of a variable; a scalar may have been stored as an array of one element, and the
  /// other way round.
  static func fits(_ dataset: HDF5Dataset, _ variable: KerasVariable) -> Bool {
    let expected = variable.arrangement.kerasShape
    return dataset.shape == expected || (expected.reduce(1, *) == 1 && dataset.shape.allSatisfy { $0 == 1 })
  }

  private static func text(_ shape: [Int]) -> String {
    shape.isEmpty ? "a scalar" : "shape \(shape.map(String.init).joined(separator: "×"))"
  }
}
