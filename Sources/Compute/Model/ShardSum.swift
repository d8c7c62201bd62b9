internal import Networks

/// Sums over the shards of a mini-batch, in the order of a tree that depends on the number of shards alone.
///
/// Every process adds up what it can of its own shards. The processes then exchange these parts: each gets a stretch of
/// all of them, adds it up, and gives the sum to the others, so that per process about twice the vector is sent however
/// many there are. Sums of few scalars, where a message costs more than its bytes, are made by all processes at once.
struct ShardSum {
  let tree: ShardTree
  /// The shards of this process.
  let own: Range<Int>
  let workers: Workers

  /// Up to this number of bytes of a vector, a second exchange takes longer than adding up all parts everywhere: it saves
  /// about one vector's bytes for every process, and costs two messages to it.
  private static let fewBytes = 1 << 16

  init(_ tree: ShardTree, own: Range<Int>, _ workers: Workers) {
    (self.tree, self.own, self.workers) = (tree, own, workers)
  }

  private var ranks: any Ranks { workers.ranks }

  /// The sum of the vectors of all shards.
  ///
  /// - Parameters:
  ///   - vectors: Those of this process's shards.
  ///   - count: The number of scalars of each.
  /// - Returns: The sum, on every rank.
  /// - Throws: Where the connection to another rank is lost.
  func callAsFunction<Scalar: BinaryFloatingPoint & BitwiseCopyable & Sendable>(
    of vectors: [UnsafePointer<Scalar>], count: Int
  ) throws -> [Scalar] {
    let own = TreeParts(Dictionary(uniqueKeysWithValues: zip(own.map { $0..<$0 + 1 }, vectors)))
    guard !ranks.isAlone else { return workers.sum(of: own, at: tree.root, count: count) }
    let parts = nodes(of: ranks.own).map { workers.sum(of: own, at: $0, count: count) }
    guard count * MemoryLayout<Scalar>.stride > Self.fewBytes else {
      return sum(try ranks.gather(values: Array(parts.joined())), count: count)
    }
    let stretches = (0..<ranks.count).map { ranks.share(of: count, rank: $0) }
    let received = try ranks.exchange(values: stretches.map { stretch in parts.flatMap { $0[stretch] } })
    return Array(try ranks.gather(values: sum(received, count: stretches[ranks.own].count)).joined())
  }

  /// What a process adds up by itself.
  private func nodes(of rank: Int) -> [Range<Int>] {
    tree.nodes(covering: ranks.share(of: tree.count, rank: rank))
  }

  /// The sum of what the processes have added up by themselves: for each its nodes, one after the other.
  private func sum<Scalar: BinaryFloatingPoint & BitwiseCopyable & Sendable>(
    _ parts: [[Scalar]], count: Int
  ) -> [Scalar] {
    let all = Array(parts.joined())
    let nodes = (0..<ranks.count).flatMap(nodes)
    return all.withUnsafeBufferPointer { all in
      guard let base = all.baseAddress else { return [] }
      let places = nodes.indices.map { base + $0 * count }
      let parts = TreeParts(Dictionary(uniqueKeysWithValues: zip(nodes, places)))
      return workers.sum(of: parts, at: tree.root, count: count)
    }
  }
}

/// Vectors for nodes of a tree. Sendable because the threads only read them.
private struct TreeParts<Scalar: BinaryFloatingPoint>: @unchecked Sendable {
  private let vectors: [Range<Int>: UnsafePointer<Scalar>]

  init(_ vectors: [Range<Int>: UnsafePointer<Scalar>]) {
    self.vectors = vectors
  }

  /// Adds up a stretch of what is below a node.
  func sum(at node: Range<Int>, _ stretch: Range<Int>, to sum: UnsafeMutableBufferPointer<Scalar>) {
    if let vector = vectors[node] {
      _ = sum.initialize(from: UnsafeBufferPointer(start: vector + stretch.lowerBound, count: stretch.count))
      return
    }
    let (left, right) = ShardTree.halves(of: node)
    if let left = vectors[left], let right = vectors[right] {
      for place in sum.indices { sum[place] = left[stretch.lowerBound + place] + right[stretch.lowerBound + place] }
      return
    }
    self.sum(at: left, stretch, to: sum)
    withUnsafeTemporaryAllocation(of: Scalar.self, capacity: stretch.count) { other in
      self.sum(at: right, stretch, to: other)
      for place in sum.indices { sum[place] += other[place] }
    }
  }
}

extension Workers {
  /// The sum at a node. Every worker adds up stretches that fit into its cache.
  fileprivate func sum<Scalar: BinaryFloatingPoint & Sendable>(
    of parts: TreeParts<Scalar>, at node: Range<Int>, count: Int
  ) -> [Scalar] {
    Array(unsafeUninitializedCapacity: count) { sum, initializedCount in
      initializedCount = count
      nonisolated(unsafe) let sum = sum
      forEachStretch(of: count, size: 1 << 14) { stretch in
        parts.sum(at: node, stretch, to: UnsafeMutableBufferPointer(rebasing: sum[stretch]))
      }
    }
  }
}
