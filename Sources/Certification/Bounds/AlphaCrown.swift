public import Hyperparameters
public import Networks

/// α-CROWN: CROWN whose slopes below rectifiers are optimised, for each function by itself.
///
/// Xu, Zhang, Wang, Wang, Jana, Lin and Hsieh, *Fast and complete: enabling complete verification with rapid and massively
/// parallel incomplete verifiers*, arXiv 2011.13824. auto_LiRPA takes 20 steps of Adam with a rate of 0.5. Slopes of other
/// activations stay as CROWN chooses them.
public struct AlphaCrown: BoundMethod {
  /// Name, title and source.
  public static let method = Method(
    name: "alpha-crown", title: "α-CROWN", summary: "CROWN with optimised slopes below ReLU.",
    citation: "Xu et al., arXiv 2011.13824")

  /// Rounding errors of the network's own add to those of the bounds.
  public static let arithmetics: Set<NetworkArithmetic> = [.real, .single]

  /// Steps of the optimisation.
  public var steps = 20
  /// The first step's length.
  public var rate = 0.2
  /// Whether the bounds of inner neurons are optimised too.
  public var optimizesLayers = true

  /// All of them.
  public static let hyperparameters: [Hyperparameter<AlphaCrown>] = [
    .integer("steps", \.steps, in: 0...100_000, "Steps of the optimisation."),
    .number("rate", \.rate, .above(0, to: 1), "The first step's length; later ones are shorter."),
    .flag("layers", \.optimizesLayers, "Optimise the bounds of inner neurons, too: tighter, and slower."),
  ]

  /// The defaults.
  public init() {}

  /// Bounds of functions of the outputs. Where CROWN's are enough, or those that optimise the outputs' slopes alone, nothing
  /// more is done.
  public func leastValues(
    of functions: OutputFunctions, network: BoundedNetwork, region: InputRegion, enough: Double, workers: Workers
  ) throws -> [Double] {
    var values = [Double](repeating: -.infinity, count: functions.count)
    func open() -> [Int] { values.indices.filter { !(values[$0] > enough) } }
    if enough < .infinity || !optimizesLayers {
      let bounds = try NetworkBounds.backward(of: network, over: region, workers: workers)
      values = BackwardPass(bounds).leastValues(of: functions)
      try improve(&values, open(), functions, bounds, enough, workers)
    }
    guard optimizesLayers, !open().isEmpty else { return values }
    let bounds = try NetworkBounds.optimized(of: network, over: region, optimizer, workers: workers)
    try improve(&values, open(), functions, bounds, enough, workers)
    return values
  }

  /// That of backward passes with slopes for every row.
  public func memoryEstimate(for network: BoundedNetwork) -> Int {
    network.memoryEstimate + network.optimizationMemoryEstimate
  }

  private var optimizer: SlopeOptimizer { SlopeOptimizer(steps: steps, slopeRate: rate) }

  /// Optimises the slopes of some functions.
  private func improve(
    _ values: inout [Double], _ indices: [Int], _ functions: OutputFunctions, _ bounds: NetworkBounds,
    _ enough: Double, _ workers: Workers
  ) throws {
    let (network, optimizer) = (bounds.network, optimizer)
    let end = network.network.outputIndex
    let parts = shardRanges(count: indices.count, size: network.largestRowCount)
    let found = try workers.map(parts.count) { part in
      let own = functions.functions(Array(indices[parts[part]]))
      let rows = own.rows
      let slopes = RowSlopes(bounds, before: end + 1, count: rows.count)
      return optimizer.run(slopes, bounds, before: end + 1, target: enough) { pass in
        let (values, coefficients) = pass.leastValues(of: rows, at: end)
        return (own.adding(values), coefficients)
      }
    }
    for (index, value) in zip(indices, found.joined()) where value > values[index] { values[index] = value }
  }
}

extension NetworkBounds {
  /// Bounds of all nodes that non-linear ones read, backward from each, with slopes optimised for every neuron until time is up.
  package static func optimized(
    of network: BoundedNetwork, over region: InputRegion, _ optimizer: SlopeOptimizer, workers: Workers,
    isOver: @escaping @Sendable () -> Bool = { false }
  ) throws -> NetworkBounds {
    try nodeByNode(of: network, over: region) { bounds, index, isExact in
      guard !isExact || region.ball != nil else { return }
      func open() -> [Int] {
        network.readersNeedSignAlone(of: index)
          ? bounds.nodes[index].unstable : Array(bounds.nodes[index].lower.indices)
      }
      try bounds.refine(open(), of: index, workers: workers)
      guard !isExact, !isOver() else { return }
      try bounds.optimize(open(), of: index, optimizer, workers, isOver)
    }
  }

  private mutating func optimize(
    _ indices: [Int], of node: Int, _ optimizer: SlopeOptimizer, _ workers: Workers,
    _ isOver: @escaping @Sendable () -> Bool
  ) throws {
    let parts = shardRanges(count: indices.count, size: network.largestRowCount / 2)
    let bounds = self
    let found = try workers.map(parts.count) { part in
      let own = Array(indices[parts[part]])
      let slopes = RowSlopes(bounds, before: node, count: 2 * own.count)
      return optimizer.run(slopes, bounds, before: node + 1, isCancelled: isOver) {
        $0.leastValues(ofScalars: own, at: node)
      }
    }
    for (part, values) in zip(parts, found) { intersect(node, Array(indices[part]), values) }
  }
}
