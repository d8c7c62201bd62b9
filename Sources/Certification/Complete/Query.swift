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
      coefficients: query.functions.coefficients.map { $0.map { -$0 } }, constants: query.functions.constants.map { -$0 })
    return BackwardPass(bounds.withConstantRelaxations()).leastValues(of: negated).allSatisfy { $0 >= 0 }
  }
}

extension InputRegion {
  /// Whether a point of the box lies in the ball, too.
  func contains(_ point: [Float]) -> Bool {
    guard let ball else { return true }
    var sum = 0.0
    for (place, value) in point.enumerated() {
      let change = abs(Double(value) - ball.center[place])
      sum += ball.norm == .l1 ? change : change * change
    }
    let size = ball.norm == .l1 ? sum : sum.squareRoot()
    return size * (1 + 0x1p-40) <= ball.radius
  }
}
