internal import Networks

/// A question about a network: may all of some linear functions of its outputs be at most 0 for one input of a region?
///
/// The margins of a label are one question each, with one function: may another class's logit reach that of the label? An
/// unsafe case of a property is one, with a function for each of its constraints.
public struct Query: Sendable {
  /// The functions.
  public let functions: OutputFunctions
  /// The inputs.
  public let region: InputRegion

  /// Creates a question.
  public init(_ functions: OutputFunctions, over region: InputRegion) {
    self.functions = functions
    self.region = region
  }
}

/// The answer to a query.
public enum Answer: Sendable {
  /// No input does it.
  case excluded
  /// This input does it, in real arithmetic.
  case found([Float])
  /// Neither was shown in the time given. The bound is the best that holds for the largest of the functions.
  case open(bound: Double)
}

extension BoundedNetwork {
  /// An input near a point that answers the query; nil where there is none that single precision holds.
  func counterexample(to query: Query, at point: UnsafeBufferPointer<Double>) -> [Float]? {
    guard let input = singlePrecision(point, in: query.region), fulfils(query, at: input) else { return nil }
    return input
  }

  /// The input nearest to a point that single precision holds and that lies in the region; nil where there is none.
  func singlePrecision(_ point: UnsafeBufferPointer<Double>, in region: InputRegion) -> [Float]? {
    var result: [Float] = []
    result.reserveCapacity(point.count)
    for (place, value) in point.enumerated() {
      var rounded = Float(min(max(value, region.lower[place]), region.upper[place]))
      if Double(rounded) < region.lower[place] { rounded = rounded.nextUp }
      if Double(rounded) > region.upper[place] { rounded = rounded.nextDown }
      guard Double(rounded) >= region.lower[place], Double(rounded) <= region.upper[place] else { return nil }
      result.append(rounded)
    }
    return region.contains(result) ? result : nil
  }

  /// Whether all functions are at most 0 at an input, in real arithmetic: intervals of one point.
  func fulfils(_ query: Query, at input: [Float]) -> Bool {
    let point = input.map(Double.init)
    let bounds = NetworkBounds.intervals(of: self, at: InputRegion(lower: point, upper: point))
    // The largest value of a function is less the least of its negative.
    let negated = OutputFunctions(
      coefficients: query.functions.coefficients.map { $0.map { -$0 } },
      constants: query.functions.constants.map { -$0 })
    return BackwardPass(bounds.withConstantRelaxations()).leastValues(of: negated).allSatisfy { $0 >= 0 }
  }
}

extension InputRegion {
  /// Whether a point of the box lies in the ball, too, in real arithmetic.
  package func contains(_ point: [Float]) -> Bool {
    guard let ball else { return true }
    let changes = zip(point, ball.center).map { abs(Double($0) - $1) }
    guard changes.contains(where: { $0 > 0 }) else { return true }
    return size(of: changes, roundedTo: .up, ball.norm) <= ball.radius
  }

  /// Whether box and ball have no point in common.
  var isEmpty: Bool {
    guard zip(lower, upper).allSatisfy({ $0 <= $1 }) else { return true }
    guard let ball else { return false }
    let changes = ball.center.indices.map { max(lower[$0] - ball.center[$0], ball.center[$0] - upper[$0], 0) }
    return size(of: changes, roundedTo: .down, ball.norm) > ball.radius
  }

  /// The size of changes that were rounded once. There are n additions, n squares, n + n roundings before them that squares
  /// double, and a root that halves what came before: fewer than 2n + 8 roundings, counted as whole units.
  private func size(of changes: [Double], roundedTo rule: FloatingPointRoundingRule, _ norm: Norm) -> Double {
    let sum = changes.reduce(0) { $0 + (norm == .l1 ? $1 : $1 * $1) }
    let share = Double(2 * changes.count + 8) * 0x1p-52
    // What squares lose that underflow.
    let lost = norm == .l1 ? 0 : Double.leastNormalMagnitude
    guard rule == .up else { return (norm == .l1 ? sum : sum.squareRoot()) * (1 - share) }
    return (norm == .l1 ? sum : (sum + lost).squareRoot()) * (1 + share)
  }
}
