/// The outputs Y of a network that satisfy one linear inequality: Σ cⱼ·Yⱼ ≤ b.
///
/// The bound may have been written as a decimal that no Double equals, or as a strict inequality. So it is kept twice. The
/// half-space of `bound` contains the real one: a theorem that no output lies in it must speak of that. The half-space of
/// `innerBound` is contained in the real one: only outputs in it are surely unsafe.
public struct HalfSpace: Hashable, Sendable {
  /// The factor of each output.
  public let coefficients: [Double]
  /// The bound, rounded up.
  public let bound: Double
  /// The bound, rounded down; less than `bound` also where the inequality is strict.
  public let innerBound: Double

  /// The half-space of a bound that lies between `innerBound` (the bound itself where it is left out) and `bound`.
  public init(coefficients: [Double], bound: Double, innerBound: Double? = nil) {
    self.coefficients = coefficients
    self.bound = bound
    self.innerBound = innerBound ?? bound
  }

  /// Whether outputs satisfy the inequality; with a tolerance, whether they miss it by no more than that.
  ///
  /// The sum is exact. So outputs that are said to satisfy the inequality do so, and equal outputs are equal. Where the
  /// bound is no Double, sums between its two neighbours are said not to satisfy it. Outputs of another number, and such
  /// as are not finite, do not satisfy it.
  public func contains(_ outputs: [Double], tolerance: Double = 0) -> Bool {
    guard outputs.count == coefficients.count, outputs.allSatisfy(\.isFinite) else { return false }
    var sum = ExactSum()
    for (coefficient, output) in zip(coefficients, outputs) where coefficient != 0 {
      sum.add(productOf: coefficient, output)
    }
    sum.add(tolerance > 0 ? -bound : -innerBound)
    if tolerance > 0 { sum.add(-tolerance) }
    return sum.isAtMostZero
  }
}
