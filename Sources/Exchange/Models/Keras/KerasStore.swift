import HDF5
import Networks

/// The weights in the format of Keras 3 (and of TF-Keras from 2.12 on): a tree of groups that follows the tree of models,
/// in one file or spread over several.
///
/// A layer's group is called after its class, with a number from the second of a class on; its variables are the datasets
/// 0, 1, 2 … of the group `vars` in it.
struct KerasStore {
  /// The root groups of the files.
  let roots: [Group]

  private static let containers = ["layers", "_layer_checkpoint_dependencies"]
  /// What Keras stores beside the layers of a model, and in a layer, for training alone.
  private static let companions = ["optimizer", "metrics", "seed_generator"]

  /// Whether a group is the root of such a file.
  static func isRoot(_ root: Group) throws -> Bool {
    for container in containers where try root.kind(of: container) == .group { return true }
    return false
  }

  /// The values of all variables of the layers of a model.
  func values(of layers: [KerasWeightedLayer], notes: inout [Note]) throws -> KerasValues {
    var reading = Reading(roots: roots)
    try reading.read(layers, below: "")
    try reading.checkNothingIsLeft()
    if reading.hasOtherNames {
      notes.append(
        "The layers have other names in the file than in the architecture; they were taken by class and order.")
    }
    return reading.values
  }

  /// `conv2d` of `Conv2D`.
  static func snakeCase(_ className: String) -> String {
    let characters = Array(className.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
    var result = ""
    for (index, character) in characters.enumerated() {
      // A capital begins a word after a small letter, or before one unless it is the first.
      let startsWord =
        character.isUppercase && index > 0
        && (characters[index - 1].isLowercase
          || characters[index - 1] != "_" && index + 1 < characters.count && characters[index + 1].isLowercase)
      if startsWord, result.last != "_" { result += "_" }
      result += character.lowercased()
    }
    return result
  }

  /// Whether a dataset belongs to the optimiser or the metrics of a nested model that was trained on its own, or to the
  /// random numbers of a layer.
  private static func isCompanion(_ path: String) -> Bool {
    let components = path.split(separator: "/").map(String.init)
    // The name after a container is that of a layer, whatever it is.
    return zip(components, components.dropFirst()).contains { !containers.contains($0) && companions.contains($1) }
  }

  private struct Reading {
    let roots: [Group]
    var values: KerasValues = [:]
    var hasOtherNames = false
    private var consumed: Set<String> = []

    init(roots: [Group]) { self.roots = roots }

    mutating func read(_ layers: [KerasWeightedLayer], below path: String) throws {
      guard let container = try container(below: path) else {
        guard layers.allSatisfy({ $0.leaves.isEmpty }) else {
          throw KerasFailure(expected: "a group 'layers'", found: "none", at: path.isEmpty ? "/" : path)
        }
        return
      }
      let keys = try keys(in: container)
      var counts: [String: Int] = [:]
      for layer in layers {
        let base = KerasStore.snakeCase(layer.layer.className)
        let occurrence = counts[base, default: 0]
        counts[base] = occurrence + 1
        if layer.layer.model == nil, layer.variables.isEmpty { continue }
        if layer.layer.model != nil, layer.leaves.isEmpty { continue }
        guard let key = Self.key(base, occurrence, among: keys, hasGaps: container.hasSuffix("dependencies")) else {
          throw KerasFailure(
            expected: "a group '\(base)\(occurrence == 0 ? "" : "_\(occurrence)")' in \(container)",
            found: keys.isEmpty ? "nothing" : keys.sorted().prefix(20).joined(separator: ", "), at: layer.place)
        }
        try read(layer, at: "\(container)/\(key)")
      }
    }

    private mutating func read(_ layer: KerasWeightedLayer, at path: String) throws {
      if layer.layer.model != nil { return try read(layer.layers, below: path) }
      let datasets = try variables(at: path + "/vars", name: layer.layer.name)
      let variables = layer.variables
      guard datasets.count == variables.count else {
        throw KerasFailure(
          expected: "\(variables.count) variables (\(variables.map { $0.names[0] }.joined(separator: ", ")))",
          found: "\(datasets.count) in \(path)/vars", at: layer.place)
      }
      consumed.insert(path + "/vars")
      values[layer.path] = try zip(variables, datasets).map { variable, dataset in
        try KerasVariableReading.scalars(of: dataset, for: variable, in: layer)
      }
    }

    private func container(below path: String) throws -> String? {
      for name in KerasStore.containers {
        let candidate = path.isEmpty ? name : "\(path)/\(name)"
        for root in roots where try root.kind(of: candidate) == .group { return candidate }
      }
      return nil
    }

    private func keys(in container: String) throws -> Set<String> {
      var keys: Set<String> = []
      for root in roots where try root.kind(of: container) == .group {
        for entry in try root.group(container).children() where entry.kind == .group { keys.insert(entry.path) }
      }
      return keys
    }

    /// The group of one more layer of a class. Keras 2.12 and 2.13 leave gaps in the numbers, so there the rank counts.
    private static func key(_ base: String, _ occurrence: Int, among keys: Set<String>, hasGaps: Bool) -> String? {
      let exact = occurrence == 0 ? base : "\(base)_\(occurrence)"
      guard hasGaps else { return keys.contains(exact) ? exact : nil }
      let numbers = keys.compactMap { key -> Int? in
        if key == base { return 0 }
        guard key.hasPrefix(base + "_") else { return nil }
        return Int(key.dropFirst(base.count + 1))
      }.sorted()
      guard occurrence < numbers.count else { return nil }
      return numbers[occurrence] == 0 ? base : "\(base)_\(numbers[occurrence])"
    }

    /// The variables of a layer, which may be spread over files, in the order of their numbers.
    private mutating func variables(at path: String, name: String) throws -> [HDF5Dataset] {
      var found: [Int: HDF5Dataset] = [:]
      for root in roots where try root.kind(of: path) == .group {
        let group = try root.group(path)
        if let stored = try group.attributes.string("name"), stored != name { hasOtherNames = true }
        for entry in try group.children() {
          guard let number = Int(entry.path), number >= 0 else {
            throw KerasFailure(expected: "variables numbered from 0", found: entry.path, at: path)
          }
          guard found.updateValue(try group.dataset(entry.path), forKey: number) == nil else {
            throw KerasFailure("variable \(number) is in two files", at: path)
          }
        }
      }
      guard found.keys.sorted() == Array(0..<found.count) else {
        throw KerasFailure(expected: "variables numbered from 0", found: "\(found.keys.sorted())", at: path)
      }
      return (0..<found.count).compactMap { found[$0] }
    }

    /// Weights that no layer uses belong to another architecture: they are refused rather than ignored.
    func checkNothingIsLeft() throws {
      for root in roots {
        for container in KerasStore.containers where try root.kind(of: container) == .group {
          for entry in try root.group(container).walk() where entry.kind == .dataset {
            let path = "\(container)/\(entry.path)"
            let parent = path.split(separator: "/").dropLast().joined(separator: "/")
            guard consumed.contains(parent) || KerasStore.isCompanion(path) else {
              throw KerasFailure(
                expected: "the weights of this architecture alone", found: "further ones at \(path)")
            }
          }
        }
      }
    }
  }
}
