internal import Networks

/// A chain of layers with few channels, run by AdvLab's own kernels with 16 examples to a vector.
struct LaneNetwork {
  /// The layers that have a kernel.
  enum Layer {
    case convolution(Convolution)
    case dense(Dense)
    /// All windows inside the image.
    case pooling(Pooling)
  }

  /// A layer, with the flattening before it and the ReLU after it.
  struct Stage {
    let node: Int
    let layer: Layer
    /// `[C, H, W]` before any flattening; a vector is an image of one pixel.
    let input: Shape
    let output: Shape
    /// How a dense layer enumerates its input.
    var order = AxisOrder.channelsFirst
    var rectifies = false

    var isConvolution: Bool {
      if case .convolution = layer { true } else { false }
    }
  }

  private(set) var stages: [Stage] = []

  /// `nil` where a layer has no kernel, or oneDNN is faster because the layers are large.
  init?(_ network: Network) {
    guard network.inputShape.rank == 3, network.outputShape.rank == 1,
      network.multiplyAccumulates <= Self.mostMultiplyAccumulates,
      network.nodes.allSatisfy({ $0.shape.count <= Self.mostMultiplyAccumulates })
    else { return nil }
    var flattening: AxisOrder?
    for (index, node) in network.nodes.enumerated().dropFirst() {
      guard node.inputs == [index - 1] else { return nil }
      let input = stages.last?.output ?? network.inputShape
      switch node.operation {
      case .flatten(let order) where flattening == nil: flattening = order
      case .dropout: break
      case .activation(.relu):
        guard let last = stages.indices.last, !stages[last].rectifies else { return nil }
        if case .pooling = stages[last].layer { return nil }
        stages[last].rectifies = true
      case .dense(let dense):
        stages.append(Stage(node: index, layer: .dense(dense), input: input, output: [dense.outputs, 1, 1]))
        stages[stages.count - 1].order = flattening ?? .channelsFirst
        flattening = .channelsFirst
      case .convolution(let convolution)
      where flattening == nil && convolution.groups == 1 && convolution.outputChannels <= Self.mostChannels
        && convolution.hasUsualWindows:
        stages.append(Stage(node: index, layer: .convolution(convolution), input: input, output: node.shape))
      case .pooling(let pooling) where flattening == nil && pooling.padding == Edges() && !pooling.roundsUp:
        stages.append(Stage(node: index, layer: .pooling(pooling), input: input, output: node.shape))
      default: return nil
      }
    }
    guard case .dense = stages.last?.layer, stages.contains(where: \.isConvolution) else { return nil }
  }

  /// oneDNN computes 16 channels at least; with 8 the kernels here are twice as fast, with 16 no faster.
  private static let mostChannels = 12
  /// Multiply-accumulates of one image. Beyond, the activations of a plan's examples no longer fit into the cache.
  private static let mostMultiplyAccumulates = 500_000
}
