package import Networks

/// Branch and bound for the bounds of inner neurons: the tighter they are, the fewer parts the outputs need.
///
/// α,β-CROWN (arXiv 2103.06624) and the verifiers before it do the same with mixed-integer programs. Each bound that has
/// not shown a neuron's sign has a tree of its own, whose worst part is halved next; its least leaf is the bound.
struct InnerSplitting: Sendable {
  let parts: PartBounding
  /// Parts for each bound.
  let limit: Int
  /// Parts that are bounded at once, at the least: trees give several of their leaves where few are left.
  private static let batch = 64

  /// The tree of one bound.
  private struct Tree {
    /// The leaves that have not shown the sign and can be halved.
    var leaves: [Part] = []
    /// The least bound of the others.
    var settled = Double.infinity
    var partCount = 1

    var bound: Double { leaves.reduce(settled) { min($0, $1.bound) } }

    mutating func add(_ part: Part) {
      if part.bound > 0 || part.next == nil {
        settled = min(settled, part.bound)
      } else {
        leaves.append(part)
      }
    }

    /// The leaves with the least bounds.
    mutating func takeWorst(_ count: Int) -> [Part] {
      leaves.sort { $0.bound > $1.bound }
      let worst = Array(leaves.suffix(count))
      leaves.removeLast(worst.count)
      return worst
    }
  }

  /// Bounds of `count` functions.
  func bounds(count: Int, isOver: @escaping @Sendable () -> Bool) throws -> [Double] {
    var trees = [Tree](repeating: Tree(), count: count)
    let whole = try parts.boundWhole(count: count, isOver: isOver)
    for part in whole.parts { trees[part.function].add(part) }
    let roots = whole.parts.map(\.bound)
    while !isOver() {
      // What is settled at or below 0 cannot show the sign any more.
      let open = trees.indices.filter {
        !trees[$0].leaves.isEmpty && trees[$0].settled > 0 && trees[$0].partCount < limit
      }
      guard !open.isEmpty else { break }
      let each = max(1, Self.batch / 2 / open.count)
      var halves: [Part] = []
      for index in open {
        let own = trees[index].takeWorst(each).flatMap(\.halves)
        trees[index].partCount += own.count
        halves += own
      }
      for part in try parts.bound(halves, steps: parts.optimizer.steps, isOver: isOver).parts {
        trees[part.function].add(part)
      }
    }
    return zip(trees, roots).map { max($0.bound, $1) }
  }
}

extension NetworkBounds {
  /// The bounds of inner neurons again, layer by layer, each with some branch and bound.
  ///
  /// - Parameters:
  ///   - limit: Parts for each bound of a neuron.
  ///   - optimizer: How parts are bounded.
  ///   - branching: How they are made.
  ///   - workers: Threads that share the parts.
  ///   - isOver: Whether time is up; what has not been bounded anew keeps its bounds.
  /// - Returns: Bounds that are no looser.
  /// - Throws: What the workers throw.
  package func split(
    parts limit: Int, _ optimizer: SlopeOptimizer, _ branching: Branching, workers: Workers,
    isOver: @escaping @Sendable () -> Bool = { false }
  ) throws -> NetworkBounds {
    try NetworkBounds.nodeByNode(of: network, over: region, lowerSlope: lowerSlope) { bounds, index, isExact in
      let known = nodes[index]
      bounds.intersect(index, Array(known.lower.indices), known.lower + known.upper.map { -$0 })
      let open = bounds.nodes[index].unstable
      guard !isExact, !open.isEmpty, !isOver() else { return }
      let parts = PartBounding(
        bounds: bounds, node: index, functions: .scalars(open), optimizer: optimizer, branching: branching,
        workers: workers)
      let values = try InnerSplitting(parts: parts, limit: limit).bounds(count: 2 * open.count, isOver: isOver)
      bounds.intersect(index, open, values)
    }
  }
}
