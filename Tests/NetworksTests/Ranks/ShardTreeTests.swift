import Networks
import Testing

@Suite struct ShardTreeTests {
  @Test func leftHalvesArePowersOfTwo() {
    #expect(ShardTree.halves(of: 0..<2) == (0..<1, 1..<2))
    #expect(ShardTree.halves(of: 0..<7) == (0..<4, 4..<7))
    #expect(ShardTree.halves(of: 4..<7) == (4..<6, 6..<7))
    #expect(ShardTree.halves(of: 8..<16) == (8..<12, 12..<16))
  }

  @Test func nodesAreTheLargestInsideOfAShare() {
    let tree = ShardTree(count: 8)
    #expect(tree.nodes(covering: 0..<8) == [0..<8])
    #expect(tree.nodes(covering: 0..<3) == [0..<2, 2..<3])
    #expect(tree.nodes(covering: 3..<6) == [3..<4, 4..<6])
    #expect(tree.nodes(covering: 6..<8) == [6..<8])
    #expect(tree.nodes(covering: 8..<8) == [])
  }

  /// However the shards are shared out, the parts that the ranks have are nodes, and cover all shards once.
  @Test func sharesMeetInNodes() {
    for count in 1...17 {
      let tree = ShardTree(count: count)
      for rankCount in 1...6 {
        let ranks = CountedRanks(own: 0, count: rankCount)
        let nodes = (0..<rankCount).flatMap { tree.nodes(covering: ranks.share(of: count, rank: $0)) }
        #expect(leaves(at: tree.root, Set(nodes)) == nodes, "\(count) shards, \(rankCount) ranks")
        #expect(nodes.map(\.count).reduce(0, +) == count)
      }
    }
  }

  private func leaves(at node: Range<Int>, _ nodes: Set<Range<Int>>) -> [Range<Int>] {
    guard !nodes.contains(node), node.count > 1 else { return [node] }
    let (left, right) = ShardTree.halves(of: node)
    return leaves(at: left, nodes) + leaves(at: right, nodes)
  }
}

/// A number of ranks that exchange nothing.
struct CountedRanks: Ranks {
  let own: Int
  let count: Int

  func gather(_ bytes: [UInt8]) -> [[UInt8]] { [] }
  func exchange(_ parts: [[UInt8]]) -> [[UInt8]] { [] }
}
