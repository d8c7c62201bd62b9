package import Networks

/// The step of an attack along a linearised decision boundary: of the changes that reach the boundary and stay in box and
/// trust region, the one that ends nearest to the image.
///
///     min D(h − δ)  with  bᵀδ = c,  ‖δ‖₂ ≤ r,  l ≤ δ ≤ u
///
/// h is the change that would lead back to the image, which lies in the box: l ≤ h ≤ u. For given multipliers of the
/// boundary and of the trust region the minimum is a `ChangeFamily`; two nested searches find the multipliers. In L0,
/// where the problem is not convex, the result is a good one and not always the best.
package struct BoundaryProblem {
  /// h.
  package var home: [Double]
  /// b.
  package var slope: [Double]
  /// c.
  package var gap: Double
  /// r.
  package var radius: Double
  /// l.
  package var lower: [Double]
  /// u.
  package var upper: [Double]

  /// Creates a problem.
  package init(
    home: [Double], slope: [Double], gap: Double, radius: Double, lower: [Double], upper: [Double]
  ) {
    (self.home, self.slope, self.gap, self.radius) = (home, slope, gap, radius)
    (self.lower, self.upper) = (lower, upper)
  }

  /// The step; where the boundary is out of reach the one that comes nearest to it.
  package func step(_ norm: Norm) -> [Double] {
    guard radius > 0, gap.isFinite, canReach(ShortestChange()) else { return steepest() }
    guard isInside(reaching(ShortestChange())) else { return steepest() }
    switch norm {
    case .l2:
      let direct = reaching(EuclideanChange(share: 1))
      return isInside(direct) ? direct : farthest(0...1) { EuclideanChange(share: $0) }
    case .l1:
      let direct = greedy { slope, _ in slope }
      guard !isInside(direct) else { return direct }
      let largest = largestThreshold { SparingChange(threshold: $0) }
      return farthest(0...largest) { SparingChange(threshold: $0) }
    case .l0:
      let direct = greedy { slope, room in slope * room }
      guard !isInside(direct) else { return direct }
      let largest = largestThreshold { SelectiveChange(threshold: $0) }
      return farthest(0...largest) { SelectiveChange(threshold: $0) }
    case .linf:
      let (tooNear, enough) = leastDistance()
      let direct = reaching(ConfinedChange(distance: enough))
      guard !isInside(direct) else { return direct }
      let whole = zip(home, zip(lower, upper)).reduce(0) { max($0, $1.0 - $1.1.0, $1.1.1 - $1.0) }
      // The distance falls from the whole box, where the change is the shortest.
      return farthest(0...max(whole - tooNear, 0)) { ConfinedChange(distance: max(whole - $0, enough)) }
    }
  }

  /// Whether a change lies in the trust region.
  func isInside(_ change: [Double]) -> Bool { squares(change) <= radius * radius * (1 + 1e-9) }

  /// The squared length of a change.
  func squares(_ change: [Double]) -> Double { change.reduce(0) { $0 + $1 * $1 } }

  /// Of the changes in box and trust region the one that goes farthest towards the boundary.
  ///
  /// It is clamp(q b). As a function of q² its squared length is concave and piecewise linear: Newton's method from 0
  /// comes from below and arrives exactly.
  func steepest() -> [Double] {
    guard gap.isFinite, gap != 0 else { return home.map { _ in 0 } }
    let budget = radius * radius
    let sign = gap > 0 ? 1.0 : -1.0
    var pull = 0.0
    for _ in 0...slope.count {
      var (free, spent) = (0.0, 0.0)
      for index in slope.indices {
        let wanted = sign * slope[index]
        let end = wanted > 0 ? upper[index] : lower[index]
        if pull * abs(wanted) < abs(end) { free += wanted * wanted } else { spent += end * end }
      }
      let next = free > 0 ? (max(0, budget - spent) / free).squareRoot() : pull
      guard next > pull * (1 + 1e-12) else { break }
      pull = next
    }
    return changes(ShortestChange(), pull: sign * pull)
  }
}
