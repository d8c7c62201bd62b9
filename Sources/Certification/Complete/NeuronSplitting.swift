internal import Networks

/// Branch and bound over the signs of rectifiers, with β-CROWN's bounds.
///
/// Wang, Zhang, Xu, Lin, Jana, Hsieh and Kolter, *Beta-CROWN: efficient bound propagation with per-neuron split
/// constraints for neural network robustness verification*, arXiv 2103.06624. The bounds of inner neurons are those of the
/// whole region. A part of the region is given by the signs of some neurons; what is known of these enters its bound with
/// multipliers that are optimised together with the slopes. A part without open neurons is a linear program (`DecidedPart`).
struct NeuronSplitting: BranchAndBound {
  let network: BoundedNetwork
  let query: Query
  let bounds: NetworkBounds
  let optimizer: SlopeOptimizer
  let branching: Branching
  let workers: Workers
  /// Parts that are taken at once; results do not depend on the number of threads that share them.
  static let batch = 64
  /// Candidates of each score.
  private static let candidateCount = 3

  private(set) var partCount = 0
  /// The parts that are left; nil before the whole region was bounded.
  private var stack: [Part]?
  /// What linear programs left open, by rounding alone.
  private var unsettled = Double.infinity

  init(
    network: BoundedNetwork, query: Query, bounds: NetworkBounds, optimizer: SlopeOptimizer, branching: Branching,
    workers: Workers
  ) {
    self.network = network
    self.query = query
    self.bounds = bounds
    self.optimizer = optimizer
    self.branching = branching
    self.workers = workers
  }

  var canGoOn: Bool { stack?.isEmpty == false }

  /// A part of the region.
  struct Part: Sendable {
    var decisions: [RowSlopes.Decision]
    var multipliers: [Float]
    /// The slopes of the function with the best bound, by rectifier.
    var slopes: [Int: [Float]]
    /// The function that is bounded.
    var function: Int
    /// What is known.
    var bound: Double
    /// The neuron to be decided next; nil where all are.
    var next: RowSlopes.Decision?
  }

  /// Bounds of parts, and an input that answers the query where one came up.
  private struct Outcome: Sendable {
    var parts: [Part]
    var input: [Float]?
  }

  mutating func run(parts limit: Int, isOver: @escaping @Sendable () -> Bool) throws -> Answer {
    // Any input answers a query without functions; none is looked for.
    guard query.functions.count > 0 else { return .open(bound: -.infinity) }
    if stack == nil, let answer = try start(isOver) { return answer }
    var stack = stack ?? []
    defer { self.stack = stack }
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
      let outcome = try bound(halves, steps: optimizer.steps, isOver: isOver)
      partCount += halves.count
      if let input = outcome.input { return .found(input) }
      stack += outcome.parts.filter { !($0.bound > 0) }
    }
    return unsettled < .infinity ? .open(bound: unsettled) : .excluded
  }

  /// Bounds the whole region; nil where that is no answer.
  private mutating func start(_ isOver: @escaping @Sendable () -> Bool) throws -> Answer? {
    let whole = (0..<query.functions.count).map {
      Part(decisions: [], multipliers: [], slopes: [:], function: $0, bound: -.infinity)
    }
    let root = try bound(whole, steps: max(optimizer.steps, 20), isOver: isOver)
    partCount = whole.count
    stack = []
    if let input = root.input { return .found(input) }
    // One function above 0 everywhere is enough.
    guard let best = root.parts.max(by: { $0.bound < $1.bound }), !(best.bound > 0) else { return .excluded }
    stack = [best]
    return nil
  }

  /// Parts in which all neurons are decided are linear programs.
  private func settle(_ parts: [Part]) throws -> [Answer] {
    try workers.map(parts.count) { index in
      let part = parts[index]
      let answer = DecidedPart(network: network, query: query, bounds: bounds, decisions: part.decisions).answer()
      guard case .open(let bound) = answer else { return answer }
      return .open(bound: max(bound, part.bound))
    }
  }

  private func bound(
    _ parts: [Part], steps: Int, isOver: @escaping @Sendable () -> Bool
  ) throws -> Outcome {
    // Small shares, so that all threads have work; the rows of a pass do not depend on one another.
    let ranges = shardRanges(count: parts.count, size: max(1, min(32, (parts.count + 1) / 2)))
    let outcomes = try workers.map(ranges.count) { index in
      bound(Array(parts[ranges[index]]), steps, isOver)
    }
    return Outcome(parts: outcomes.flatMap(\.parts), input: outcomes.lazy.compactMap(\.input).first)
  }

  private func bound(_ parts: [Part], _ steps: Int, _ isOver: @escaping @Sendable () -> Bool) -> Outcome {
    let end = network.network.outputIndex
    let rows = rows(of: parts)
    let slopes = self.slopes(of: parts)
    var optimizer = optimizer
    optimizer.steps = steps
    var points = Rows(count: 0, width: 0)
    let functions = query.functions.functions(parts.map(\.function))
    let values = optimizer.run(slopes, bounds, before: end + 1, target: 0, isCancelled: isOver) { pass in
      let (values, coefficients) = pass.leastValues(of: rows, at: end)
      points = coefficients
      return (functions.adding(values), coefficients)
    }
    let input = counterexample(at: bounds.region.minimizers(of: points), values)
    var result = parts
    for row in parts.indices {
      result[row].bound = max(values[row], parts[row].bound)
      result[row].slopes = slopes.layers.mapValues { layer in
        layer.slopes[row * layer.neurons.count..<(row + 1) * layer.neurons.count].map { Float($0) }
      }
      result[row].multipliers = slopes.multipliers[row].map { Float($0) }
      guard result[row].bound <= 0, input == nil else { continue }
      let candidates = branching.candidates(slopes.scores(of: row, bounds), count: Self.candidateCount)
      result[row].next = next(result[row], candidates)
    }
    return Outcome(parts: result, input: input)
  }

  private func rows(of parts: [Part]) -> Rows {
    let coefficients = parts.flatMap { query.functions.coefficients[$0.function] }
    return Rows(count: parts.count, width: coefficients.count / max(parts.count, 1), scalars: coefficients)
  }

  /// The slopes that the parts come with; those of the bounds where they come with none.
  private func slopes(of parts: [Part]) -> RowSlopes {
    let slopes = RowSlopes(
      bounds, before: network.network.outputIndex + 1, count: parts.count, decisions: parts.map(\.decisions))
    for (row, part) in parts.enumerated() {
      for (place, multiplier) in part.multipliers.enumerated() { slopes.multipliers[row][place] = Double(multiplier) }
      for (node, own) in part.slopes {
        guard let layer = slopes.layers[node], layer.neurons.count == own.count else { continue }
        let range = row * own.count..<(row + 1) * own.count
        slopes.layers[node]?.slopes.replaceSubrange(
          range, with: zip(own, layer.leaks).map { min(max(Double($0), $1), 1) })
      }
    }
    return slopes
  }

  /// An input that answers the query: the points where bounds take their least values are tried.
  private func counterexample(at points: Rows, _ values: [Double]) -> [Float]? {
    var result: [Float]?
    points.forEachRow { row, point in
      guard result == nil, values[row] <= 0 else { return }
      result = network.counterexample(to: query, at: point)
    }
    return result
  }

  /// The candidate whose worse half has the best bound.
  private func next(_ part: Part, _ candidates: [RowSlopes.Decision]) -> RowSlopes.Decision? {
    guard candidates.count > 1 else { return candidates.first }
    let halves = candidates.flatMap { candidate -> [Part] in
      var part = part
      part.next = candidate
      return part.halves
    }
    let end = network.network.outputIndex
    let values = BackwardPass(bounds, slopes: slopes(of: halves)).leastValues(of: rows(of: halves), at: end).bounds
    let scores = candidates.indices.map { min(values[2 * $0], values[2 * $0 + 1]) }
    let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
    return candidates[best]
  }
}

extension NeuronSplitting.Part {
  /// The part on either side of the next decision.
  fileprivate var halves: [NeuronSplitting.Part] {
    guard let next else { return [self] }
    return [true, false].map { isPositive in
      var half = self
      half.decisions.append(RowSlopes.Decision(layer: next.layer, neuron: next.neuron, isPositive: isPositive))
      half.multipliers.append(0)
      half.next = nil
      return half
    }
  }
}
