internal import Networks

/// Bounds of every node of a network over one region, and the relaxations that follow from them.
package struct NetworkBounds: Sendable {
  package let network: BoundedNetwork
  package private(set) var region: InputRegion
  package let lowerSlope: LowerSlope
  /// Bounds of the nodes so far, in order.
  package private(set) var nodes: [NodeBounds] = []
  private(set) var relaxations: [NodeRelaxation?] = []

  package init(of network: BoundedNetwork, over region: InputRegion, lowerSlope: LowerSlope = .adaptive) {
    self.network = network
    self.region = region
    self.lowerSlope = lowerSlope
  }

  /// Appends the interval bounds of the next node, and its relaxation where it is not affine.
  mutating func appendIntervals() {
    let index = nodes.count
    let inputs = network.network.nodes[index].inputs.map { nodes[$0] }
    nodes.append(network.intervals(of: index, inputs: inputs, region: region))
    switch network.steps[index] {
    case .input, .affine: relaxations.append(nil)
    case .elementwise, .maximum, .product, .softmax, .normalization:
      relaxations.append(network.relaxation(of: index, nodes, lowerSlope: lowerSlope))
    }
  }

  /// Bounds of all nodes, in order: intervals, and what `improve` makes of those of a node that a non-linear one reads.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - region: The inputs.
  ///   - lowerSlope: The slope below a ReLU of either sign.
  ///   - improve: Called with the bounds so far, the node, and whether its intervals are the exact range over the box.
  /// - Returns: The bounds.
  /// - Throws: What `improve` throws.
  static func nodeByNode(
    of network: BoundedNetwork, over region: InputRegion, lowerSlope: LowerSlope = .adaptive,
    improve: (_ bounds: inout NetworkBounds, _ index: Int, _ isExact: Bool) throws -> Void
  ) rethrows -> NetworkBounds {
    var bounds = NetworkBounds(of: network, over: region, lowerSlope: lowerSlope)
    let (areRead, areExact) = (network.boundedNodes, network.hasExactIntervals)
    for index in network.steps.indices {
      bounds.appendIntervals()
      if index > 0, areRead[index] { try improve(&bounds, index, areExact[index]) }
    }
    return bounds
  }

  /// Makes the bounds of some scalars of a node tighter where a backward pass finds better ones.
  ///
  /// - Parameters:
  ///   - indices: The scalars.
  ///   - node: The node, of which the intervals are known.
  ///   - workers: Threads over parts of the scalars.
  /// - Throws: What the workers throw.
  mutating func refine(_ indices: [Int], of node: Int, workers: Workers) throws {
    let pass = BackwardPass(self)
    let parts = shardRanges(count: indices.count, size: network.largestRowCount / 2)
    let found = try workers.map(parts.count) { part in
      pass.leastValues(ofScalars: Array(indices[parts[part]]), at: node).bounds
    }
    for (part, values) in zip(parts, found) { intersect(node, Array(indices[part]), values) }
  }

  /// Takes what is tighter of the bounds of some scalars.
  ///
  /// - Parameters:
  ///   - node: The node.
  ///   - indices: The scalars.
  ///   - values: Their lower bounds, and then those of their negatives.
  mutating func intersect(_ node: Int, _ indices: [Int], _ values: [Double]) {
    nodes[node].intersect(
      indices, lower: Array(values[..<indices.count]), upper: values[indices.count...].map { -$0 })
  }

  /// The same bounds, of which relaxations know the numbers alone: intervals instead of lines.
  func withConstantRelaxations() -> NetworkBounds {
    var result = self
    for (index, relaxation) in relaxations.enumerated() where relaxation != nil {
      result.relaxations[index] = NodeRelaxation(
        .constants, lower: nodes[index].lower, upper: nodes[index].upper, sizes: nodes[index].magnitudes,
        network.rounding)
    }
    return result
  }

  /// The same bounds over the box alone.
  func withoutBall() -> NetworkBounds {
    var result = self
    result.region = InputRegion(lower: region.lower, upper: region.upper)
    return result
  }

  /// Widens the bounds of a node to everything, so that a backward pass has nothing to fall back on.
  mutating func forget(_ node: Int) {
    for place in nodes[node].lower.indices {
      (nodes[node].lower[place], nodes[node].upper[place]) = (-.infinity, .infinity)
    }
  }
}
