/// A layer in the tree of a model with its variables, against which both kinds of weight files are matched.
struct KerasWeightedLayer {
  let layer: KerasLayer
  /// The names on the way to it, its own last.
  let path: [String]
  /// Its variables; none where the output does not depend on it.
  let variables: [KerasVariable]
  /// The layers in it, where it is a model.
  let layers: [KerasWeightedLayer]

  /// The layers of a model in its order.
  static func layers(of model: KerasModel, weights: [[String]: KerasWeights], path: [String] = [])
    -> [KerasWeightedLayer]
  {
    model.layers.map { layer in
      let path = path + [layer.name]
      let inner = layer.model.map { layers(of: $0, weights: weights, path: path) } ?? []
      return KerasWeightedLayer(
        layer: layer, path: path, variables: weights[path]?.variables ?? [], layers: inner)
    }
  }

  /// The layers that own variables, in the order of the models; this one, or those in it.
  var leaves: [KerasWeightedLayer] {
    layer.model == nil ? (variables.isEmpty ? [] : [self]) : layers.flatMap(\.leaves)
  }

  var place: String { layer.model == nil ? layer.place : "model '\(layer.name)'" }
}

/// The values of the variables of each layer, by the path of the layer.
typealias KerasValues = [[String]: [[Float]]]
