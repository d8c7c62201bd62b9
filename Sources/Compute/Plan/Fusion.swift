internal import CKernels
internal import Networks

/// Which nodes a plan computes together with the node before them.
enum Fusion {
  /// Activations that a node with weights or a sum applies in its own pass, by that node's index: the activation
  /// must be its only consumer, and its derivative must follow from its output, for only that is kept.
  static func activations(of network: Network) -> [Int: Int] {
    let consumers = network.consumers
    var result: [Int: Int] = [:]
    for (index, node) in network.nodes.enumerated() {
      guard case .activation(let activation) = node.operation, Eltwise(activation)?.fromOutput != nil else { continue }
      let source = node.inputs[0]
      guard consumers[source] == [index] else { continue }
      switch network.nodes[source].operation {
      case .convolution, .dense: result[source] = index
      case .add where activation == .relu && network.nodes[source].inputs.count > 1: result[source] = index
      case .batchNormalization where activation == .relu && isBlocked(network.nodes[source].shape):
        result[source] = index
      case .affine where activation == .relu && isFrozenAndBlocked(network.nodes[source]): result[source] = index
      default: continue
      }
    }
    return result
  }

  /// Whether images of that shape are whole blocks of channels.
  static func isBlocked(_ shape: Shape) -> Bool { shape.rank == 3 && shape[0] % Int(ADVLAB_LANES) == 0 }

  /// Whether a node is an affine map that is not trained, of such images.
  static func isFrozenAndBlocked(_ node: Network.Node) -> Bool {
    guard case .affine(let payload) = node.operation else { return false }
    return !payload.isTrainable && isBlocked(node.shape)
  }

  /// Activations that only a max-pooling reads. Of each window one scalar has a gradient, and its activation's
  /// derivative follows from the pooled output as well as from its own: there only a quarter of the scalars have to be
  /// processed.
  static func activationsBeforePooling(of network: Network) -> Set<Int> {
    let consumers = network.consumers
    return Set(
      network.nodes.indices.filter { index in
        guard case .activation(let activation) = network.nodes[index].operation, consumers[index].count == 1,
          case .pooling(let pooling) = network.nodes[consumers[index][0]].operation, pooling.kind == .max
        else { return false }
        return Eltwise(activation)?.fromOutput != nil
      })
  }
}
