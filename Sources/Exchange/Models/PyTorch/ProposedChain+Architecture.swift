import Networks

extension ProposedChain {
  /// The architecture that a file of weights may have, as AdvLab's own JSON: a `?` stands for every value that weights
  /// do not determine, and a description that still has one is refused.
  ///
  /// - Throws: `ExchangeError` where the file is no plain chain of layers.
  public static func architecture(for path: String) throws(ExchangeError) -> String {
    try exchanging(path) {
      let (chain, reason) = try propose(for: path)
      guard let chain else {
        throw ExchangeError(file: path, expected: "weights of a plain chain of layers", found: "none: \(reason)")
      }
      return try chain.architecture()
    }
  }

  /// The nodes, one on a line.
  private func architecture() throws -> String {
    let notes = try notes.map { try JSONValue.string($0).text() }
    let nodes = try nodes().map { try $0.text() }
    return """
      {
        "notes": [
          \(notes.joined(separator: ",\n    "))
        ],
        "nodes": [
          \(nodes.joined(separator: ",\n    "))
        ]
      }
      """
  }

  private var notes: [String] {
    var notes = [
      "Proposed from names and shapes alone: fill in every \(NetworkJSON.blank), and check the order.",
      "Activations are relu, tanh, sigmoid, leakyReLU, elu, gelu, silu and others.",
      "Poolings have no weights: put them in where they are, as "
        + #"{"name": "pool1", "operation": {"pooling": {"kind": "max", "kernel": 2}}}."#,
    ]
    let left = others.filter { name in !normalizations.contains { $0.name == name } }
    if !left.isEmpty { notes.append("Not placed: \(left.prefix(20).joined(separator: ", ")).") }
    return notes
  }

  private func nodes() -> [JSONValue] {
    var left = normalizations
    var nodes = [Self.node("input", "input", input)]
    for (index, layer) in layers.enumerated() {
      if layer.kernel == nil, index > 0, layers[index - 1].kernel != nil {
        nodes.append(Self.node("flatten", "flatten", "channelsFirst"))
      }
      nodes.append(node(layer, before: index == 0 ? nil : layers[index - 1]))
      // The first that fits, in the order of the file.
      if let match = left.firstIndex(where: { $0.channels == layer.outputs }) {
        nodes.append(Self.node(left[match].name, "batchNormalization", [:]))
        left.remove(at: match)
      }
      if index < layers.count - 1 {
        nodes.append(Self.node("\(layer.name).activation", "activation", .string(NetworkJSON.blank)))
      }
    }
    return nodes
  }

  private var input: JSONValue {
    let blank = JSONValue.string(NetworkJSON.blank)
    guard let first = layers.first, first.kernel != nil else { return JSONValue([layers.first?.inputs ?? 0]) }
    return .array([JSONValue(first.inputs), blank, blank])
  }

  private func node(_ layer: Layer, before: Layer?) -> JSONValue {
    let blank = JSONValue.string(NetworkJSON.blank)
    guard let kernel = layer.kernel else {
      return Self.node(layer.name, "dense", ["outputs": JSONValue(layer.outputs), "hasBias": .boolean(layer.hasBias)])
    }
    var payload: [String: JSONValue] = [
      "outputChannels": JSONValue(layer.outputs), "kernel": JSONValue([kernel.height, kernel.width]), "stride": blank,
      "padding": blank, "hasBias": .boolean(layer.hasBias),
    ]
    // Depthwise: every group sees one channel.
    if let before, before.outputs != layer.inputs { payload["groups"] = JSONValue(before.outputs / layer.inputs) }
    return Self.node(layer.name, "convolution", .object(payload))
  }

  private static func node(_ name: String, _ kind: String, _ payload: JSONValue) -> JSONValue {
    ["name": .string(name), "operation": .object([kind: payload])]
  }
}
