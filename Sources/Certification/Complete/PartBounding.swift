internal import Networks

/// A part of a region, given by the signs of some neurons, with what is known of one function there.
struct Part: Sendable {
  var decisions: [RowSlopes.Decision] = []
  var multipliers: [Float] = []
  /// The slopes of the best bound, by rectifier.
  var slopes: [Int: [Float]] = [:]
  /// The function that is bounded.
  var function: Int
  /// What is known.
  var bound = -Double.infinity
  /// The neuron to be decided next; nil where all are.
  var next: RowSlopes.Decision?

  /// The part on either side of the next decision.
  var halves: [Part] {
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

/// Bounds of linear functions of one node over parts of a region: β-CROWN.
///
/// Wang, Zhang, Xu, Lin, Jana, Hsieh and Kolter, arXiv 2103.06624. What is known of the signs of neurons enters a bound with
/// multipliers that are optimised together with the slopes.
struct PartBounding: Sendable {
  /// The functions of a node.
  enum Functions: Sendable {
    /// Of the outputs.
    case outputs(OutputFunctions)
    /// Some scalars, and then their negatives.
    case scalars([Int])
  }

  let bounds: NetworkBounds
  let node: Int
  let functions: Functions
  let optimizer: SlopeOptimizer
  let branching: Branching
  let workers: Workers
  /// Candidates of each score.
  private static let candidateCount = 3

  /// Bounds of parts, and what `examine` found.
  struct Outcome: Sendable {
    var parts: [Part]
    var input: [Float]?
  }

  /// Bounds the first functions over the whole region, which many parts begin with: with 20 steps at the least.
  func boundWhole(
    count: Int, isOver: @escaping @Sendable () -> Bool,
    examine: @escaping @Sendable (Rows, [Double]) -> [Float]? = { _, _ in nil }
  ) throws -> Outcome {
    try bound(
      (0..<count).map { Part(function: $0) }, steps: max(optimizer.steps, 20), isOver: isOver, examine: examine)
  }

  /// Bounds parts, and chooses the neurons to be decided next in those whose bound is not above 0.
  ///
  /// - Parameters:
  ///   - parts: The parts.
  ///   - steps: Steps of the optimisation.
  ///   - isOver: Whether time is up.
  ///   - examine: Called with the points where bounds take their least values, and these values; an input that it returns
  ///     ends the search.
  /// - Returns: The parts with their bounds.
  /// - Throws: What the workers throw.
  func bound(
    _ parts: [Part], steps: Int, isOver: @escaping @Sendable () -> Bool,
    examine: @escaping @Sendable (Rows, [Double]) -> [Float]? = { _, _ in nil }
  ) throws -> Outcome {
    // Small shares, so that all threads have work; the rows of a pass do not depend on one another.
    let ranges = shardRanges(count: parts.count, size: max(1, min(32, (parts.count + 1) / 2)))
    let outcomes = try workers.map(ranges.count) { index in
      share(Array(parts[ranges[index]]), steps, isOver, examine)
    }
    return Outcome(parts: outcomes.flatMap(\.parts), input: outcomes.lazy.compactMap(\.input).first)
  }

  private func share(
    _ parts: [Part], _ steps: Int, _ isOver: @Sendable () -> Bool, _ examine: (Rows, [Double]) -> [Float]?
  ) -> Outcome {
    let (rows, slopes) = (rows(of: parts), slopes(of: parts))
    var optimizer = optimizer
    optimizer.steps = steps
    var points = Rows(count: 0, width: 0)
    let values = optimizer.run(slopes, bounds, before: node + 1, target: 0, isCancelled: isOver) { pass in
      let (values, coefficients) = pass.leastValues(of: rows, at: node)
      points = coefficients
      return (adding(values, parts), coefficients)
    }
    let input = examine(bounds.region.minimizers(of: points), values)
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
    switch functions {
    case .outputs(let functions): return functions.functions(parts.map(\.function)).rows
    case .scalars(let indices):
      var rows = Rows(count: parts.count, width: bounds.network.width(of: node))
      rows.forEachMutableRow { row, coefficients in
        let function = parts[row].function
        coefficients[indices[function % indices.count]] = function < indices.count ? 1 : -1
      }
      return rows
    }
  }

  private func adding(_ values: [Double], _ parts: [Part]) -> [Double] {
    switch functions {
    case .outputs(let functions): functions.functions(parts.map(\.function)).adding(values)
    case .scalars: values
    }
  }

  /// The slopes that the parts come with; those of the bounds where they come with none.
  private func slopes(of parts: [Part]) -> RowSlopes {
    let slopes = RowSlopes(bounds, before: node + 1, count: parts.count, decisions: parts.map(\.decisions))
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

  /// The candidate whose worse half has the best bound.
  private func next(_ part: Part, _ candidates: [RowSlopes.Decision]) -> RowSlopes.Decision? {
    guard candidates.count > 1 else { return candidates.first }
    let halves = candidates.flatMap { candidate -> [Part] in
      var part = part
      part.next = candidate
      return part.halves
    }
    let values = BackwardPass(bounds, slopes: slopes(of: halves)).leastValues(of: rows(of: halves), at: node).bounds
    let scores = candidates.indices.map { min(values[2 * $0], values[2 * $0 + 1]) }
    let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
    return candidates[best]
  }
}
