internal import Networks

/// Branch and bound over the signs of rectifiers, with β-CROWN's bounds.
///
/// Wang, Zhang, Xu, Lin, Jana, Hsieh and Kolter, *Beta-CROWN: efficient bound propagation with per-neuron split
/// constraints for neural network robustness verification*, arXiv 2103.06624. The bounds of inner neurons are those of the
/// whole region. A part of the region is given by the signs of some neurons (`PartBounding`). A part without open neurons is
/// a linear program (`DecidedPart`).
struct NeuronSplitting: Sendable {
  let query: Query
  let parts: PartBounding
  /// Parts that are taken at once; results do not depend on the number of threads that share them.
  static let batch = 64

  /// The number of parts that were bounded.
  private(set) var partCount = 0
  /// The parts that are left.
  private var stack: [Part] = []
  /// What linear programs left open, by rounding alone.
  private var unsettled = Double.infinity

  init(
    query: Query, bounds: NetworkBounds, optimizer: SlopeOptimizer, branching: Branching, workers: Workers
  ) {
    self.query = query
    parts = PartBounding(
      bounds: bounds, node: bounds.network.network.outputIndex, functions: .outputs(query.functions),
      optimizer: optimizer, branching: branching, workers: workers)
  }

  private var network: BoundedNetwork { parts.bounds.network }

  /// Whether the search stopped before its end.
  var canGoOn: Bool { !stack.isEmpty }

  /// The search, from the whole region on.
  ///
  /// - Parameters:
  ///   - limit: The number of parts after which it stops.
  ///   - isOver: Whether time is up.
  /// - Returns: The answer; open where the search stopped before its end.
  /// - Throws: What the workers throw.
  mutating func run(parts limit: Int, isOver: @escaping @Sendable () -> Bool) throws -> Answer {
    // Any input answers a query without functions; none is looked for.
    guard query.functions.count > 0 else { return .open(bound: -.infinity) }
    if let answer = try start(isOver) { return answer }
    while !stack.isEmpty {
      guard partCount < limit, !isOver() else { return .open(bound: stack.reduce(unsettled) { min($0, $1.bound) }) }
      let taken = Array(stack.suffix(Self.batch / 2))
      stack.removeLast(taken.count)
      for answer in try settle(taken.filter { $0.next == nil }) {
        switch answer {
        case .excluded: continue
        case .found: return answer
        case .open(let bound): unsettled = min(unsettled, bound)
        }
      }
      let halves = taken.filter { $0.next != nil }.flatMap(\.halves)
      let outcome = try parts.bound(
        halves, steps: parts.optimizer.steps, isOver: isOver, examine: counterexample)
      partCount += halves.count
      if let input = outcome.input { return .found(input) }
      stack += outcome.parts.filter { !($0.bound > 0) }
    }
    return unsettled < .infinity ? .open(bound: unsettled) : .excluded
  }

  /// Bounds the whole region; nil where that is no answer.
  private mutating func start(_ isOver: @escaping @Sendable () -> Bool) throws -> Answer? {
    let root = try parts.boundWhole(count: query.functions.count, isOver: isOver, examine: counterexample)
    partCount = root.parts.count
    if let input = root.input { return .found(input) }
    // One function above 0 everywhere is enough.
    guard let best = root.parts.max(by: { $0.bound < $1.bound }), !(best.bound > 0) else { return .excluded }
    stack = [best]
    return nil
  }

  /// An input that answers the query: the points where bounds take their least values are tried.
  private var counterexample: @Sendable (Rows, [Double]) -> [Float]? {
    let (network, query) = (network, query)
    return { points, values in
      var result: [Float]?
      points.forEachRow { row, point in
        guard result == nil, values[row] <= 0 else { return }
        result = network.counterexample(to: query, at: point)
      }
      return result
    }
  }

  /// Parts in which all neurons are decided are linear programs.
  private func settle(_ parts: [Part]) throws -> [Answer] {
    try self.parts.workers.map(parts.count) { index in
      let part = parts[index]
      let answer = DecidedPart(
        network: network, query: query, bounds: self.parts.bounds, decisions: part.decisions
      ).answer()
      guard case .open(let bound) = answer else { return answer }
      return .open(bound: max(bound, part.bound))
    }
  }
}
