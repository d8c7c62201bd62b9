/// The order in which a legacy file lists the variables of a layer; of all those in it, where the layer is a model.
///
/// Keras writes `trainable_weights + non_trainable_weights`. A frozen layer has no trainable ones. Which variables that
/// are, and in which order, differs between Keras 2, which asks the layers one after the other, and Keras 3, which sorts
/// the variables of all of them.
struct KerasLegacyOrder {
  /// A variable of a layer.
  struct Slot: Hashable {
    /// The path of the layer.
    let path: [String]
    /// The number of the variable among those of the layer.
    let variable: Int
  }

  let generation: KerasGeneration

  /// With more models of unknown trainability there would be too many orders.
  private static let openLimit = 4

  /// The orders that the configuration allows, each once. The first is the one that Keras itself would load.
  ///
  /// Keras does not always say whether a model inside a model is frozen as a whole; both cases are tried, first that it
  /// is not.
  func candidates(for owner: KerasWeightedLayer) -> [[Slot]] {
    let open = openModels(in: owner, isOutermost: true)
    guard open.count <= Self.openLimit else { return [order(of: owner, frozen: [])] }
    var orders: [[Slot]] = []
    for choice in 0..<(1 << open.count) {
      let frozen = open.indices.filter { choice >> $0 & 1 == 1 }.map { open[$0] }
      let order = order(of: owner, frozen: Set(frozen))
      if !orders.contains(order) { orders.append(order) }
    }
    return orders
  }

  private func openModels(in layer: KerasWeightedLayer, isOutermost: Bool) -> [[String]] {
    guard layer.layer.model != nil else { return [] }
    // Keras 2 lists the variables of the outermost model alike in both cases; Keras 3 looks at the outermost model
    // alone.
    let counts = generation == .keras3 ? isOutermost : !isOutermost
    let isOpen = counts && layer.layer.statedTrainable == nil && layer.leaves.contains { $0.layer.isTrainable }
    return (isOpen ? [layer.path] : []) + layer.layers.flatMap { openModels(in: $0, isOutermost: false) }
  }

  private func order(of owner: KerasWeightedLayer, frozen: Set<[String]>) -> [Slot] {
    guard generation == .keras3 else {
      let (trained, kept) = split(owner, frozen: frozen)
      return trained + kept
    }
    let all = owner.leaves.flatMap { leaf in leaf.variables.indices.map { (leaf, $0) } }
    let slots = all.map { Slot(path: $0.path, variable: $1) }
    guard isTrainable(owner, frozen: frozen) else { return slots }
    let areTrained = all.map { leaf, index in leaf.layer.isTrainable && leaf.variables[index].isTrained }
    return slots.indices.filter { areTrained[$0] }.map { slots[$0] }
      + slots.indices.filter { !areTrained[$0] }.map { slots[$0] }
  }

  /// The trainable variables of a layer, and the others, as Keras 2 has them.
  private func split(_ layer: KerasWeightedLayer, frozen: Set<[String]>) -> (trained: [Slot], kept: [Slot]) {
    var trained: [Slot] = []
    var kept: [Slot] = []
    if layer.layer.model == nil {
      let slots = layer.variables.indices.map { Slot(path: layer.path, variable: $0) }
      trained = slots.filter { layer.variables[$0.variable].isTrained }
      kept = slots.filter { !layer.variables[$0.variable].isTrained }
    } else {
      for inner in layer.layers {
        let parts = split(inner, frozen: frozen)
        trained += parts.trained
        kept += parts.kept
      }
    }
    return isTrainable(layer, frozen: frozen) ? (trained, kept) : ([], trained + kept)
  }

  private func isTrainable(_ layer: KerasWeightedLayer, frozen: Set<[String]>) -> Bool {
    layer.layer.isTrainable && !frozen.contains(layer.path)
  }
}
