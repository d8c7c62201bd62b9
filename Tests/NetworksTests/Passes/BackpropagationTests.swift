import Networks
import TestSupport
import Testing

@Suite struct BackpropagationTests {
  /// Two branches of one convolution, and a node that leads nowhere.
  private func network() throws -> Network {
    var network = try Network(inputShape: [1, 4, 4])
    try network.append(.affine(.normalization(mean: [0.5], deviation: [0.5])), named: "normalize")
    try network.append(.convolution(Convolution(outputChannels: 2, kernel: Extent(1))), named: "conv")
    try network.append(.activation(.relu), named: "a", to: [2])
    try network.append(.activation(.tanh), named: "b", to: [2])
    try network.append(.activation(.sigmoid), named: "nowhere", to: [2])
    try network.append(.add, named: "sum", to: [3, 4])
    return network
  }

  /// Every node after its readers; contributions are added in the order in which they came.
  @Test func aNodeComesAfterItsReaders() throws {
    let network = try network()
    var walk = Backpropagation<String>(through: network, to: .images)
    walk.start(from: "1")
    var visited: [String] = []
    while let (node, gradient) = walk.next(adding: { _, a, b in "(\(a)+\(b))" }) {
      let name = network.nodes[node].name
      visited.append("\(name):\(gradient)")
      for position in network.nodes[node].inputs.indices {
        walk.contribute("\(name)\(gradient)", to: position, of: node)
      }
    }
    #expect(
      visited == [
        "sum:1", "b:sum1", "a:sum1", "conv:(bsum1+asum1)", "normalize:conv(bsum1+asum1)",
        "input:normalizeconv(bsum1+asum1)",
      ])
  }

  @Test func gradientsAreNeededWhereATargetLiesBefore() throws {
    let network = try network()
    #expect(network.needsGradient(for: []) == Array(repeating: false, count: 7))
    #expect(network.needsGradient(for: .images) == Array(repeating: true, count: 7))
    // A frozen normalisation is nothing that an optimiser changes.
    #expect(network.needsGradient(for: .parameters) == [false, false, true, true, true, true, true])
  }

  @Test func nodesWithoutGradientsAreSkipped() throws {
    let network = try network()
    var walk = Backpropagation<Int>(through: network, to: .parameters)
    walk.start(from: 1)
    var visited: [Int] = []
    while let (node, gradient) = walk.next(adding: { _, a, b in a + b }) {
      visited.append(node)
      for position in network.nodes[node].inputs.indices { walk.contribute(gradient, to: position, of: node) }
    }
    #expect(visited == [6, 4, 3, 2])
    #expect(walk.needsInputGradient(0, of: 6) && !walk.needsInputGradient(0, of: 2))
  }
}
