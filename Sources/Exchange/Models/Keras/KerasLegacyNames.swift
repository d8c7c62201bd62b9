/// The names of the variables in a group of a legacy file, as evidence for an order.
///
/// TensorFlow makes names unique by numbers, and slashes in the name of a layer look like scopes: names alone never
/// determine the order.
struct KerasLegacyNames {
  typealias Slot = KerasLegacyOrder.Slot

  /// How well the names agree with an order.
  enum Evidence: Comparable {
    /// A name is of another kind of variable: a `gamma` where there should be a `kernel`.
    case against
    /// Nothing.
    case none
    /// The variables of each layer have one scope, and no two layers share one.
    case grouped
    /// Every scope is the name of the layer.
    case named
  }

  private struct Name {
    /// The text before the last slash.
    let scope: Substring
    /// `kernel` of `scope/kernel_2:0`.
    let kind: Substring
  }

  private let names: [Name]
  private let leaves: [[String]: KerasWeightedLayer]
  private let paths: [[String]]
  private let kinds: Set<Substring>

  init(_ names: [String], leaves: [KerasWeightedLayer]) {
    self.names = names.map(Self.name)
    self.leaves = Dictionary(leaves.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    paths = leaves.map(\.path)
    kinds = Set(leaves.flatMap { $0.variables.flatMap(\.names) }.map { Substring($0) })
  }

  private static func name(_ text: String) -> Name {
    var rest = text[...]
    if let colon = rest.lastIndex(of: ":") { rest = rest[..<colon] }
    let slash = rest.lastIndex(of: "/")
    var kind = slash.map { rest[rest.index(after: $0)...] } ?? rest
    if let underscore = kind.lastIndex(of: "_"), Int(kind[kind.index(after: underscore)...]) != nil {
      kind = kind[..<underscore]
    }
    return Name(scope: slash.map { rest[..<$0] } ?? "", kind: kind)
  }

  /// How well the names agree with an order.
  func evidence(for slots: [Slot]) -> Evidence {
    var scopes: [[String]: Set<Substring>] = [:]
    var isNamed = true
    for (name, slot) in zip(names, slots) {
      guard let leaf = leaves[slot.path] else { return .against }
      let expected = leaf.variables[slot.variable].names
      if !expected.contains(String(name.kind)) {
        if kinds.contains(name.kind) { return .against }
        isNamed = false
      }
      if !Self.matches(name.scope, leaf.layer.name) { isNamed = false }
      scopes[slot.path, default: []].insert(name.scope)
    }
    if isNamed { return .named }
    let isGrouped =
      scopes.values.allSatisfy { $0.count == 1 } && Set(scopes.values.flatMap(\.self)).count == scopes.count
    return isGrouped ? .grouped : .none
  }

  /// The order that the names give; nil where they do not distinguish all variables.
  func order() -> [Slot]? {
    guard Set(paths.compactMap { leaves[$0]?.layer.name }).count == paths.count || paths.count == 1 else { return nil }
    var slots: [Slot] = []
    for name in names {
      // Of layers 'conv' and 'a/conv' the longer name is the one that is meant by 'a/conv'.
      let owners = paths.filter { path in
        paths.count == 1 || leaves[path].map { Self.matches(name.scope, $0.layer.name) } ?? false
      }
      let owner = owners.max { ($0.last?.utf8.count ?? 0) < ($1.last?.utf8.count ?? 0) }
      guard let owner, let variables = leaves[owner]?.variables,
        let index = variables.firstIndex(where: { $0.names.contains(String(name.kind)) })
      else { return nil }
      slots.append(Slot(path: owner, variable: index))
    }
    return Set(slots).count == leaves.values.reduce(0, { $0 + $1.variables.count }) ? slots : nil
  }

  private static func matches(_ scope: Substring, _ layer: String) -> Bool {
    scope == layer || scope.hasSuffix("/" + layer)
  }
}
