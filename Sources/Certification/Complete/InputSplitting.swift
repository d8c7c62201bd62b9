internal import Networks

/// Branch and bound over the inputs: boxes are halved until each has a bound. For few inputs, and the one way for activations
/// that are no rectifiers.
///
/// Wang, Pei, Whitehouse, Yang and Jana, *Formal security analysis of neural networks using symbolic intervals*, arXiv
/// 1804.10829. Every box has bounds of its own for all neurons; it is halved along the input whose width matters most to
/// the bound. Where a least value that is nearly 0 lies on a kink, halving alone would take forever: a box with few open
/// neurons is answered by deciding these instead.
struct InputSplitting: Sendable {
  let network: BoundedNetwork
  let query: Query
  let optimizer: SlopeOptimizer
  let branching: Branching
  let workers: Workers
  /// Boxes that are taken at once.
  static let batch = 64
  /// Open neurons that are few.
  private static let fewNeurons = 8

  private struct Box: Sendable {
    var region: InputRegion
    var bound: Double
  }

  /// The number of boxes that were bounded.
  private(set) var partCount = 0
  /// The boxes that are left.
  private var stack: [Box]
  /// The least bound of boxes that cannot be halved.
  private var unsettled = Double.infinity

  init(network: BoundedNetwork, query: Query, optimizer: SlopeOptimizer, branching: Branching, workers: Workers) {
    self.network = network
    self.query = query
    self.optimizer = optimizer
    self.branching = branching
    self.workers = workers
    stack = [Box(region: query.region, bound: -.infinity)]
  }

  /// Whether boxes are left with which the search could go on.
  var canGoOn: Bool { !stack.isEmpty }

  private enum Result: Sendable {
    case answered(Answer)
    case halved([Box])
  }

  /// Goes on with the search.
  ///
  /// - Parameters:
  ///   - limit: The number of boxes after which it stops.
  ///   - isOver: Whether time is up.
  /// - Returns: The answer; open where the search stopped before its end.
  /// - Throws: What the workers throw.
  mutating func run(parts limit: Int, isOver: @escaping @Sendable () -> Bool) throws -> Answer {
    while !stack.isEmpty {
      guard partCount < limit, !isOver() else { return .open(bound: stack.reduce(unsettled) { min($0, $1.bound) }) }
      let taken = Array(stack.suffix(Self.batch))
      stack.removeLast(taken.count)
      let search = self
      let results = try workers.map(taken.count) { try search.result(for: taken[$0].region, isOver: isOver) }
      partCount += taken.count
      for result in results {
        switch result {
        case .answered(.excluded): continue
        case .answered(.found(let input)): return .found(input)
        case .answered(.open(let bound)): unsettled = min(unsettled, bound)
        case .halved(let halves): stack += halves
        }
      }
    }
    return unsettled < .infinity ? .open(bound: unsettled) : .excluded
  }

  private func result(for region: InputRegion, isOver: @escaping @Sendable () -> Bool) throws -> Result {
    guard !region.isEmpty else { return .answered(.excluded) }
    let bounds = try NetworkBounds.backward(of: network, over: region, workers: Workers(count: 1))
    let (values, coefficients) = BackwardPass(bounds).leastValues(
      of: query.functions.rows, at: network.network.outputIndex)
    let totals = query.functions.adding(values)
    let best = totals.max() ?? -.infinity
    guard best <= 0 else { return .answered(.excluded) }
    if let input = counterexample(bounds.region.minimizers(of: coefficients)) { return .answered(.found(input)) }
    if let answer = try decide(bounds, isOver: isOver) { return .answered(answer) }
    guard let halves = region.halves(along: widestEffect(coefficients, totals, region)) else {
      return .answered(.open(bound: best))
    }
    return .halved(halves.map { Box(region: $0, bound: best) })
  }

  /// The answer by the signs of neurons, where few are open; nil where they leave it open.
  private func decide(_ bounds: NetworkBounds, isOver: @escaping @Sendable () -> Bool) throws -> Answer? {
    guard network.hasRectifiersAlone, bounds.openNeuronCount <= Self.fewNeurons else { return nil }
    var neurons = NeuronSplitting(
      query: Query(query.functions, over: bounds.region), bounds: bounds, optimizer: optimizer, branching: branching,
      workers: Workers(count: 1))
    let answer = try neurons.run(parts: .max, isOver: isOver)
    if case .open = answer { return nil }
    return answer
  }

  /// The input whose width matters most to the function that may become largest somewhere in the box: one that is at most 0 all
  /// over it excludes no part, however good its bound is. Where nothing is known, the widest input.
  private func widestEffect(_ coefficients: Rows, _ totals: [Double], _ region: InputRegion) -> Int {
    let widths = zip(region.upper, region.lower).map { $0 - $1 }
    var (effects, largest) = (widths, -Double.infinity)
    coefficients.forEachRow { row, a in
      let own = widths.indices.map { abs(a[$0]) * widths[$0] }
      let end = own.reduce(totals[row], +)
      if end > largest { (effects, largest) = (own, end) }
    }
    if !effects.contains(where: { $0 > 0 }) { effects = widths }
    return effects.indices.max { effects[$0] < effects[$1] } ?? 0
  }

  private func counterexample(_ points: Rows) -> [Float]? {
    var result: [Float]?
    points.forEachRow { _, point in
      if result == nil { result = network.counterexample(to: query, at: point) }
    }
    return result
  }
}

extension BoundedNetwork {
  /// Whether all that is not affine is a rectifier.
  var hasRectifiersAlone: Bool {
    steps.indices.allSatisfy { node in
      switch steps[node] {
      case .input, .affine: true
      case .elementwise, .maximum, .product, .softmax, .normalization: leaks(of: node) != nil
      }
    }
  }
}

extension NetworkBounds {
  /// The number of neurons before rectifiers that may have either sign.
  var openNeuronCount: Int {
    network.steps.indices.reduce(0) { count, node in
      guard network.leaks(of: node) != nil else { return count }
      return count + nodes[network.network.nodes[node].inputs[0]].unstable.count
    }
  }
}

extension InputRegion {
  /// The box in two halves along one input; nil where it cannot be halved.
  fileprivate func halves(along place: Int) -> [InputRegion]? {
    guard lower.indices.contains(place) else { return nil }
    let middle = lower[place] / 2 + upper[place] / 2
    guard middle > lower[place], middle < upper[place] else { return nil }
    var (left, right) = (upper, lower)
    left[place] = middle
    right[place] = middle
    return [InputRegion(lower: lower, upper: left, ball: ball), InputRegion(lower: right, upper: upper, ball: ball)]
  }
}
