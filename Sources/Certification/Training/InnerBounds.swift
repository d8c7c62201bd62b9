import Networks

/// Where the bounds of an inner node stand among the outputs of an `IntervalNetwork`.
struct InnerBounds: Sendable {
  /// The classifier's node.
  let node: Int
  /// The first place.
  let start: Int
  /// The number of scalars of the node.
  let count: Int
  /// Where lower and upper bounds stand behind `start`.
  let axis: PairedAxis

  /// Calls `body` with each scalar of the node, and the places of its lower and its upper bound in the outputs.
  @inline(__always)
  func forEachPlace(_ body: (_ scalar: Int, _ lower: Int, _ upper: Int) -> Void) {
    for scalar in 0..<count {
      let lower = start + axis.lower(scalar)
      body(scalar, lower, lower + axis.block)
    }
  }
}

extension Network {
  /// The nodes that ReLU activations read, each once.
  var rectifiedNodes: [Int] {
    let inputs = nodes.compactMap { $0.operation == .activation(.relu) ? $0.inputs[0] : nil }
    return Array(Set(inputs)).sorted()
  }

  /// The images as the first layer sees them: behind the normalisation of pixels, where there is one.
  var normalizedInput: Int {
    guard nodes.count > 1, case .affine = nodes[1].operation else { return 0 }
    return 1
  }
}
