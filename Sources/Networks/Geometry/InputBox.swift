/// A box of inputs: a range for each of them, ends included.
///
/// The ends may have been written as decimals that no Double equals. So each end is kept twice, rounded outward and
/// inward. The outer box contains the real one: a theorem about all inputs must speak of it. The inner box is contained
/// in the real one, and between the two lies no Double: an input is in the real box exactly if it is in the inner one.
public struct InputBox: Hashable, Sendable {
  /// The least value of each input, rounded down.
  public private(set) var lower: [Double]
  /// The largest value of each input, rounded up.
  public private(set) var upper: [Double]
  /// The least value of each input, rounded up.
  public private(set) var innerLower: [Double]
  /// The largest value of each input, rounded down.
  public private(set) var innerUpper: [Double]

  /// The box between ends that are meant as they are.
  ///
  /// - Precondition: there are as many lower ends as upper ones.
  public init(lower: [Double], upper: [Double]) {
    precondition(lower.count == upper.count, "\(lower.count) lower ends and \(upper.count) upper ends")
    self.lower = lower
    self.upper = upper
    innerLower = lower
    innerUpper = upper
  }

  /// All inputs there are.
  public init(unboundedOf count: Int) {
    self.init(lower: Array(repeating: -.infinity, count: count), upper: Array(repeating: .infinity, count: count))
  }

  /// The number of inputs.
  public var count: Int { lower.count }

  /// The first input with a lower end above its upper end (or with one that is NaN); then the box is empty.
  public var firstEmpty: Int? { lower.indices.first { !(lower[$0] <= upper[$0]) } }

  /// Takes away what lies below an end that is known to lie between `outer` and `inner`.
  public mutating func raiseLower(of index: Int, to outer: Double, inner: Double) {
    lower[index] = max(lower[index], outer)
    innerLower[index] = max(innerLower[index], inner)
  }

  /// Takes away what lies above an end that is known to lie between `inner` and `outer`.
  public mutating func reduceUpper(of index: Int, to outer: Double, inner: Double) {
    upper[index] = min(upper[index], outer)
    innerUpper[index] = min(innerUpper[index], inner)
  }

  /// Whether an input lies in the box; with a tolerance, whether it lies no farther than that outside.
  ///
  /// Without a tolerance the answer is exact, as the ends were written. An input of another length or with a NaN lies
  /// outside.
  public func contains(_ input: [Double], tolerance: Double = 0) -> Bool {
    guard input.count == count else { return false }
    return input.indices.allSatisfy { index in
      let value = input[index]
      if value >= innerLower[index], value <= innerUpper[index] { return true }
      return tolerance > 0 && lower[index] - value <= tolerance && value - upper[index] <= tolerance
    }
  }

  /// The ends rounded inward to single precision, between which every Float lies in the real box; nil where an input
  /// has no Float in its range.
  public var floatEnds: (lower: [Float], upper: [Float])? {
    let lower = innerLower.map { end in
      let nearest = Float(end)
      return Double(nearest) < end ? nearest.nextUp : nearest
    }
    let upper = innerUpper.map { end in
      let nearest = Float(end)
      return Double(nearest) > end ? nearest.nextDown : nearest
    }
    return zip(lower, upper).allSatisfy { $0 <= $1 } ? (lower, upper) : nil
  }
}
