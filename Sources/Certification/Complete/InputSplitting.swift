internal import Networks

/// Branch and bound over the inputs: boxes are halved until each has a bound. For few inputs, and the one way for activations
/// that are no rectifiers.
///
/// Wang, Pei, Whitehouse, Yang and Jana, *Formal security analysis of neural networks using symbolic intervals*, arXiv
/// 1804.10829. Every box has bounds of its own for all neurons; it is halved along the input whose width matters most to
/// the bound.
struct InputSplitting: Sendable {
  let network: BoundedNetwork
  let query: Query
  let workers: Workers
  /// Boxes that are taken at once.
  static let batch = 64

  private struct Result: Sendable {
    var isExcluded: Bool
    var bound: Double
    var widestEffect: Int
    var input: [Float]?
  }

  /// Answers the query.
  ///
  /// - Parameter isOver: Whether time is up.
  /// - Returns: The answer, and the number of boxes that were bounded.
  func run(isOver: @escaping @Sendable () -> Bool) throws -> (answer: Answer, parts: Int) {
    var stack = [(region: query.region, bound: -Double.infinity)]
    var count = 0
    while !stack.isEmpty {
      guard !isOver() else { return (.open(bound: stack.reduce(0) { min($0, $1.bound) }), count) }
      let taken = Array(stack.suffix(Self.batch))
      stack.removeLast(taken.count)
      let results = try workers.map(taken.count) { try bound(taken[$0].region) }
      count += taken.count
      if let input = results.lazy.compactMap(\.input).first { return (.found(input), count) }
      for (box, result) in zip(taken, results) where !result.isExcluded {
        guard let halves = box.region.halves(along: result.widestEffect) else {
          return (.open(bound: result.bound), count)
        }
        stack += halves.map { ($0, result.bound) }
      }
    }
    return (.excluded, count)
  }

  private func bound(_ region: InputRegion) throws -> Result {
    let bounds = try NetworkBounds.backward(of: network, over: region, workers: Workers(count: 1))
    let (values, coefficients) = BackwardPass(bounds).leastValues(
      of: query.functions.rows, at: network.network.outputIndex)
    let totals = query.functions.adding(values)
    let best = totals.max() ?? -.infinity
    guard !(best > 0) else { return Result(isExcluded: true, bound: best, widestEffect: 0) }
    // The function that may become largest somewhere in the box: one that is at most 0 all over it excludes no part, however
    // good its bound is.
    var effects = [Double](repeating: 0, count: region.count)
    var largest = -Double.infinity
    coefficients.forEachRow { row, a in
      let own = a.indices.map { abs(a[$0]) * (region.upper[$0] - region.lower[$0]) }
      let end = own.reduce(totals[row], +)
      if row == 0 || end > largest { (effects, largest) = (own, end) }
    }
    // Where nothing is known, the widest input.
    if !effects.contains(where: { $0 > 0 }) { effects = zip(region.upper, region.lower).map { $0 - $1 } }
    let widest = effects.indices.max { effects[$0] < effects[$1] } ?? 0
    return Result(
      isExcluded: false, bound: best, widestEffect: widest,
      input: counterexample(region, bounds.region.minimizers(of: coefficients)))
  }

  private func counterexample(_ region: InputRegion, _ points: Rows) -> [Float]? {
    var result: [Float]?
    points.forEachRow { _, point in
      guard result == nil, let input = network.singlePrecision(point, in: region) else { return }
      if network.fulfils(query, at: input) { result = input }
    }
    return result
  }
}

extension InputRegion {
  /// The box in two halves along one input; nil where it cannot be halved.
  fileprivate func halves(along place: Int) -> [InputRegion]? {
    let middle = lower[place] / 2 + upper[place] / 2
    guard middle > lower[place], middle < upper[place] else { return nil }
    var (left, right) = (upper, lower)
    left[place] = middle
    right[place] = middle
    return [InputRegion(lower: lower, upper: left, ball: ball), InputRegion(lower: right, upper: upper, ball: ball)]
  }
}
