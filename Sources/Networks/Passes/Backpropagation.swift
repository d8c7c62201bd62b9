/// What gradients are taken with respect to.
package struct GradientTargets: OptionSet, Sendable {
  /// One bit for each target.
  package let rawValue: Int

  /// Creates a set from its bits.
  package init(rawValue: Int) { self.rawValue = rawValue }

  /// The images.
  package static let images = GradientTargets(rawValue: 1)
  /// The parameters that an optimiser changes.
  package static let parameters = GradientTargets(rawValue: 2)
}

extension Network {
  /// Whether the gradient at each node's output is needed: whether the output is a target or depends on one.
  package func needsGradient(for targets: GradientTargets) -> [Bool] {
    nodes.indices.reduce(into: []) { needs, index in
      let isTarget =
        index == 0
        ? targets.contains(.images)
        : targets.contains(.parameters) && parameterSpecifications(of: index).contains(where: \.isTrainable)
      needs.append(isTarget || nodes[index].inputs.contains { needs[$0] })
    }
  }
}

/// The traversal of back-propagation, whatever represents a gradient: numbers, or the buffer in which a compiled plan
/// will hold them.
///
/// ```
/// backpropagation.start(from: cotangent)
/// while let (node, gradient) = backpropagation.next(adding: sum) {
///   for (position, part) in inputGradients(of: node, gradient).enumerated() {
///     backpropagation.contribute(part, to: position, of: node)
///   }
/// }
/// ```
///
/// A node comes once all nodes that read it have contributed to the gradient at its output; the contributions are added
/// in the order in which they came, so that an interpreter's sums always have one order.
package struct Backpropagation<Gradient> {
  /// Whether the gradient at each node's output is needed.
  package let needsGradient: [Bool]
  private let inputs: [[Int]]
  private var contributions: [[Gradient]]
  private var nextIndex: Int

  /// Creates a traversal that has not begun.
  package init(through network: Network, to targets: GradientTargets) {
    needsGradient = network.needsGradient(for: targets)
    inputs = network.nodes.map(\.inputs)
    contributions = Array(repeating: [], count: network.nodes.count)
    nextIndex = network.outputIndex
  }

  /// Begins with the gradient at the network's output.
  package mutating func start(from gradient: Gradient) {
    contributions[nextIndex] = [gradient]
  }

  /// Begins with the gradient at the output of one node.
  package mutating func start(from gradient: Gradient, at node: Int) {
    start(at: node)
    contributions[node] = [gradient]
  }

  /// Begins at a node whose contributions to the gradients at its inputs are known.
  package mutating func start(at node: Int) {
    nextIndex = node
  }

  /// Adds to the gradient at the output that a node reads as its input number `position`.
  package mutating func contribute(_ gradient: Gradient, to position: Int, of node: Int) {
    contributions[inputs[node][position]].append(gradient)
  }

  /// Whether the gradient at a node's input number `position` is needed.
  package func needsInputGradient(_ position: Int, of node: Int) -> Bool { needsGradient[inputs[node][position]] }

  /// The next node on the way back and the gradient at its output; the images, node 0, come last. Nodes are passed over where
  /// no gradient is needed, or none arrives.
  ///
  /// - Parameter adding: The sum of two contributions to the gradient at a node's output.
  /// - Returns: Nil at the end.
  package mutating func next(
    adding: (_ node: Int, Gradient, Gradient) throws -> Gradient
  ) rethrows -> (node: Int, gradient: Gradient)? {
    while nextIndex >= 0 {
      let index = nextIndex
      nextIndex -= 1
      let parts = contributions[index]
      contributions[index] = []
      guard needsGradient[index], let first = parts.first else { continue }
      return (index, try parts.dropFirst().reduce(first) { try adding(index, $0, $1) })
    }
    return nil
  }
}
