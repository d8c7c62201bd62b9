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

  /// The largest difference of the logits from those of the engine, as a share of the largest logit.
  ///
  /// - Throws: What the engine throws.
  func engineDifference(of layers: [TracedLayer], _ example: TracedExample) throws -> Double {
    let own = layers[layers.count - 1].clean.scalars
    let logits = try loaded.classifier.logits(of: example.image).scalars
    let difference = zip(logits, own).map { abs(Double($0) - $1) }.max() ?? 0
    return difference / max(own.map(abs).max() ?? 0, .leastNormalMagnitude)
  }
}
