internal import Networks

/// The arithmetic that a step needs for one image, whoever does it: two operations, a multiplication and an addition, for
/// each of a node's multiply–accumulates and each pass through its weights.
///
/// Logits take one pass. A gradient at the image takes two: forward, and back to the node's input. An update of robust
/// training takes those two for every step of its attack, then for what it learns from forward, the gradient of the
/// weights, and the gradient at the node's input where something before it learns: not in the first layer. What an
/// implementation does beyond that, such as padded channels, does not count, nor does what it saves by another
/// algorithm. AutoAttack and CROWN, which do what the images call for, have no count.
struct OperationCount {
  private let network: Network
  private let activity: Workload.Activity
  /// Whether training asks for the gradient at the inputs of a node.
  private let needsInputGradient: [Bool]

  init(_ network: Network, _ activity: Workload.Activity) {
    self.network = network
    self.activity = activity
    let needsGradient = network.needsGradient(for: .parameters)
    needsInputGradient = network.nodes.map { node in node.inputs.contains { needsGradient[$0] } }
  }

  /// Operations of one image at all nodes.
  var operations: Double {
    network.nodes.indices.reduce(0) {
      $0 + operations(of: $1, isBackward: false) + operations(of: $1, isBackward: true)
    }
  }

  /// Operations of one image at one node, forward or back from the loss.
  func operations(of index: Int, isBackward: Bool) -> Double {
    let passes =
      switch (activity, isBackward) {
      case (.attack, _): 1
      case (.training(let defence), false): defence.forwards
      case (.training(let defence), true):
        defence.attackSteps + defence.learnt * (needsInputGradient[index] ? 2 : 1)
      case (.inference, let isBackward): isBackward ? 0 : 1
      case (.evaluation, _), (.certification, _): 0
      }
    return 2 * Double(network.multiplyAccumulates(of: index)) * Double(passes)
  }
}
