public import Networks

/// The plain chain of convolutions and dense layers that a file of weights may stand for.
///
/// Weights do not determine what is between them (activations, poolings, strides), so the chain is shown by `inspect`
/// and never run.
public struct ProposedChain: Sendable, CustomStringConvertible {
  /// One layer with weights.
  public struct Layer: Hashable, Sendable {
    /// The dotted name of its module.
    public let name: String
    /// Its input channels or scalars, of one group.
    public let inputs: Int
    /// Its output channels or scalars.
    public let outputs: Int
    /// Rows and columns of a filter; nil for a dense layer.
    public let kernel: Extent?
    /// Whether it has a bias.
    public let hasBias: Bool
  }

  /// The layers in their supposed order.
  public let layers: [Layer]
  /// The names of normalisations and other modules between them.
  public let others: [String]
  /// The batch normalisations among them: their names and channels.
  let normalizations: [(name: String, channels: Int)]

  /// Proposes a chain for a file: nil, with a reason, where the sizes of its layers do not follow one another.
  public static func propose(for path: String) throws(ExchangeError) -> (chain: ProposedChain?, reason: String) {
    try exchanging(path) {
      let state = try StateDictionary(path)
      let modules = StateModule.modules(of: state.entries)
      let ordered = state.keepsOrder ? modules : modules.sorted { NaturalOrder.precedes($0.name, $1.name) }
      let layers = ordered.compactMap(Layer.init)
      // Names have no order across kinds of layers: convolutions come first in any classifier.
      let chain = layers.filter { $0.kernel != nil } + layers.filter { $0.kernel == nil }
      guard !chain.isEmpty else { return (nil, "the file holds no weights of convolutions or dense layers") }
      for (layer, next) in zip(chain, chain.dropFirst()) where !layer.precedes(next) {
        return (nil, "\(next.name) takes \(next.inputs), \(layer.name) gives \(layer.outputs): not a plain chain")
      }
      let names = Set(chain.map(\.name))
      let normalizations = ordered.compactMap { module in
        module.entries[.runningVariance].map { (module.name, $0.shape.count) }
      }
      return (
        ProposedChain(
          layers: chain, others: ordered.map(\.name).filter { !$0.isEmpty && !names.contains($0) },
          normalizations: normalizations),
        "every layer takes what the one before it gives"
      )
    }
  }

  /// One line per layer.
  public var description: String {
    var lines = layers.map { layer in
      let kind = layer.kernel.map { "convolution \($0.height)×\($0.width)" } ?? "dense"
      return "\(layer.name): \(kind), \(layer.inputs) → \(layer.outputs)\(layer.hasBias ? "" : ", no bias")"
    }
    if let index = layers.firstIndex(where: { $0.kernel == nil }), index > 0 {
      let (last, first) = (layers[index - 1], layers[index])
      lines.insert("flatten: \(last.outputs) channels × \(first.inputs / last.outputs) positions", at: index)
    }
    if !others.isEmpty { lines.append("besides: \(others.joined(separator: ", "))") }
    return lines.joined(separator: "\n")
  }
}

extension ProposedChain.Layer {
  /// A module with a weight of two or four axes.
  init?(_ module: StateModule) {
    guard let shape = module.entries[.weight]?.shape, [2, 4].contains(shape.rank), shape.extents.allSatisfy({ $0 > 0 })
    else { return nil }
    self.init(
      name: module.name.isEmpty ? module.entries[.weight]?.name ?? "" : module.name, inputs: shape[1],
      outputs: shape[0],
      kernel: shape.rank == 4 ? Extent(shape[2], shape[3]) : nil, hasBias: module.entries[.bias] != nil)
  }

  /// Whether `next` may take what this gives: a depthwise convolution sees one channel, a dense layer all positions of a
  /// feature map.
  func precedes(_ next: Self) -> Bool {
    switch (kernel, next.kernel) {
    case (_?, _?): next.inputs == outputs || next.inputs == 1 && next.outputs.isMultiple(of: outputs)
    case (_?, nil): next.inputs.isMultiple(of: outputs)
    case (nil, nil): outputs == next.inputs
    case (nil, _?): false
    }
  }
}
