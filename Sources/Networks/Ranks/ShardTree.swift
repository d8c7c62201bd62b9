/// The order in which what comes from the shards of a mini-batch is added up: a binary tree over their numbers, whose
/// shape depends on how many there are and nothing else. Whoever adds up what, the sum has the same bits.
///
/// A node stands for neighbouring shards, given by their numbers. The left half of a node has a power of two of them, at
/// least as many as the right one: with 7 shards, ((0 + 1) + (2 + 3)) + ((4 + 5) + 6).
public struct ShardTree: Hashable, Sendable {
  /// The number of shards.
  public let count: Int

  /// The tree of a number of shards.
  public init(count: Int) {
    self.count = count
  }

  /// All shards.
  public var root: Range<Int> { 0..<count }

  /// The two nodes whose sum is that of a node of two shards or more.
  public static func halves(of node: Range<Int>) -> (left: Range<Int>, right: Range<Int>) {
    var half = 1
    while half * 2 < node.count { half *= 2 }
    let middle = node.lowerBound + half
    return (node.lowerBound..<middle, middle..<node.upperBound)
  }

  /// The fewest nodes that cover some neighbouring shards, in their order: what can be added up without the others.
  public func nodes(covering shards: Range<Int>) -> [Range<Int>] { nodes(below: root, covering: shards) }

  private func nodes(below node: Range<Int>, covering shards: Range<Int>) -> [Range<Int>] {
    guard node.overlaps(shards) else { return [] }
    if shards.lowerBound <= node.lowerBound, node.upperBound <= shards.upperBound { return [node] }
    let (left, right) = Self.halves(of: node)
    return nodes(below: left, covering: shards) + nodes(below: right, covering: shards)
  }
}
