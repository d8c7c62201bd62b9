internal import Exchange
internal import Networks
internal import Reference

/// What a node puts out for an image, and for what an attack made of it.
struct TracedLayer {
  let node: Network.Node
  /// `[1, …]`.
  let clean: Tensor<Double>
  let attacked: Tensor<Double>?

  /// ‖attacked − clean‖ / ‖clean‖; nil without an attacked image, or where the image gives nothing but zeros.
  var change: Double? {
    guard let attacked else { return nil }
    let (difference, length) = zip(attacked.scalars, clean.scalars).reduce((0.0, 0.0)) { sums, pair in
      (sums.0 + (pair.0 - pair.1) * (pair.0 - pair.1), sums.1 + pair.1 * pair.1)
    }
    return length > 0 ? (difference / length).squareRoot() : nil
  }
}

/// What is reported of one example.
struct ExampleTrace {
  /// What is reported of one node.
  struct Layer {
    let node: Network.Node
    let smallest: Double
    let mean: Double
    let largest: Double
    /// The share of outputs that are 0.
    let zeros: Double
    let change: Double?
  }

  let example: TracedExample
  let layers: [Layer]
  let logits: [Double]
  let attackedLogits: [Double]?
  /// The largest difference from the logits of the engine, as a share of the largest logit.
  let engineDifference: Double
}

/// Runs a model on images and keeps what every node puts out.
struct TraceRun {
  private let model: ReferenceModel
  private let loaded: LoadedModel

  /// - Throws: What makes the weights unusable.
  init(_ loaded: LoadedModel) throws {
    self.loaded = loaded
    model = try ReferenceModel(network: loaded.file.network, parameters: loaded.file.parameters.double)
  }

  /// Every node for one image.
  func layers(of example: TracedExample) -> [TracedLayer] {
    let clean = model.activations(of: example.image.double, mode: .inference)
    let attacked = example.attacked.map { model.activations(of: $0.double, mode: .inference) }
    return model.network.nodes.indices.map { index in
      TracedLayer(node: model.network.nodes[index], clean: clean[index], attacked: attacked?[index])
    }
  }

  /// What is reported of them.
  ///
  /// - Throws: What the engine throws.
  func trace(_ example: TracedExample, _ layers: [TracedLayer]) throws -> ExampleTrace {
    let last = layers[layers.count - 1]
    let logits = try loaded.classifier.logits(of: example.image).scalars
    let scale = last.clean.scalars.map(abs).max() ?? 0
    let difference = zip(logits, last.clean.scalars).map { abs(Double($0) - $1) }.max() ?? 0
    return ExampleTrace(
      example: example, layers: layers.map(Self.layer), logits: last.clean.scalars,
      attackedLogits: last.attacked?.scalars, engineDifference: difference / max(scale, .leastNormalMagnitude))
  }

  private static func layer(_ layer: TracedLayer) -> ExampleTrace.Layer {
    let scalars = layer.clean.scalars
    return ExampleTrace.Layer(
      node: layer.node, smallest: scalars.min() ?? 0, mean: scalars.reduce(0, +) / Double(scalars.count),
      largest: scalars.max() ?? 0, zeros: Double(scalars.count { $0 == 0 }) / Double(scalars.count),
      change: layer.change)
  }
}
