/// The searches for the multipliers.
extension BoundaryProblem {
  /// The changes of a family under a pull.
  func changes(_ family: some ChangeFamily, pull: Double) -> [Double] {
    slope.indices.map { index in
      family.change(pull: pull * slope[index], home: home[index], lower: lower[index], upper: upper[index]).value
    }
  }

  /// bᵀδ under a pull, and how fast it grows with it.
  private func reach(_ family: some ChangeFamily, pull: Double) -> (value: Double, growth: Double) {
    var (value, growth) = (0.0, 0.0)
    slope.withUnsafeBufferPointer { slope in
      home.withUnsafeBufferPointer { home in
        lower.withUnsafeBufferPointer { lower in
          upper.withUnsafeBufferPointer { upper in
            for index in slope.indices {
              let (change, isFree) = family.change(
                pull: pull * slope[index], home: home[index], lower: lower[index], upper: upper[index])
              value += slope[index] * change
              growth += isFree ? slope[index] * slope[index] : 0
            }
          }
        }
      }
    }
    return (value, growth)
  }

  /// Whether a family reaches the boundary under any pull.
  func canReach(_ family: some ChangeFamily) -> Bool {
    let value = reach(family, pull: gap > 0 ? Self.endlessPull : -Self.endlessPull).value
    return gap > 0 ? value >= gap : value <= gap
  }

  /// Under it every scalar with a slope is at an end of its box.
  private static let endlessPull = 1e150

  /// The change of a family that reaches the boundary, which it can.
  ///
  /// bᵀδ grows with the pull and is piecewise linear, or jumps: Newton's method within a bracket, every third step of
  /// which halves it. Where it jumps over the boundary, scalars go over one by one, and the last of them part of the way.
  func reaching(_ family: some ChangeFamily) -> [Double] {
    let tolerance = 1e-11 * slope.indices.reduce(0) { $0 + abs(slope[$1]) * (upper[$1] - lower[$1]) }
    let size = squares(slope).squareRoot()
    var (low, high) = (-Self.endlessPull, Self.endlessPull)
    var (pull, stride) = (0.0, size > 0 ? radius / size : 1)
    for round in 0..<200 {
      let (value, growth) = reach(family, pull: pull)
      let excess = value - gap
      if abs(excess) <= tolerance { return changes(family, pull: pull) }
      if excess > 0 { high = pull } else { low = pull }
      guard high - low > 1e-14 * max(abs(low), abs(high)) else { break }
      let newton = growth > 0 ? pull - excess / growth : .nan
      if round % 3 < 2, newton > low, newton < high {
        pull = newton
      } else if low > -Self.endlessPull, high < Self.endlessPull {
        pull = low + (high - low) / 2
      } else {
        pull += excess > 0 ? -stride : stride
        stride *= 8
      }
    }
    return between(changes(family, pull: low), changes(family, pull: high))
  }

  /// The change between two that lie on both sides of the boundary.
  private func between(_ short: [Double], _ long: [Double]) -> [Double] {
    var result = short
    var missing = zip(slope, short).reduce(gap) { $0 - $1.0 * $1.1 }
    for index in result.indices where missing > 0 {
      let gain = slope[index] * (long[index] - short[index])
      guard gain > 0 else { continue }
      result[index] = gain <= missing ? long[index] : short[index] + missing / gain * (long[index] - short[index])
      missing -= gain
    }
    return result
  }

  /// The change of the largest parameter of a range that stays in the trust region. That of the lower end does, that of
  /// the upper end does not, and lengths grow with the parameter.
  ///
  /// False position, the end that stays for a second time counting half (Dowell and Jarratt, 1971). A radius kept within
  /// a millionth is enough for a trust region.
  func farthest<F: ChangeFamily>(_ range: ClosedRange<Double>, _ family: (Double) -> F) -> [Double] {
    var best = reaching(family(range.lowerBound))
    var (low, high) = (range.lowerBound, range.upperBound)
    let budget = radius * radius
    var under = budget - squares(best)
    var over = squares(reaching(family(high))) - budget
    var last = 0
    for round in 0..<60 where high - low > 1e-12 * range.upperBound {
      let share = over + under > 0 && round % 4 < 3 ? under / (over + under) : 0.5
      let parameter = low + (high - low) * min(max(share, 0.001), 0.999)
      let change = reaching(family(parameter))
      let excess = squares(change) - budget
      if excess <= 0 {
        (low, under, best) = (parameter, -excess, change)
        if -excess <= 1e-6 * budget { break }
        if last < 0 { over /= 2 }
        last = -1
      } else {
        (high, over) = (parameter, excess)
        if last > 0 { under /= 2 }
        last = 1
      }
    }
    return best
  }

  /// A parameter of a family that leaves the trust region.
  func largestThreshold<F: ChangeFamily>(_ family: (Double) -> F) -> Double {
    var threshold = max(radius, 1e-12)
    for _ in 0..<100 where isInside(reaching(family(threshold))) { threshold *= 4 }
    return threshold
  }

  /// For L∞ two distances that are nearly the same: within the first of the image the boundary can't be reached, within
  /// the second it can.
  func leastDistance() -> (tooNear: Double, enough: Double) {
    var (low, high) = (0.0, zip(home, zip(lower, upper)).reduce(0) { max($0, $1.0 - $1.1.0, $1.1.1 - $1.0) })
    if canReachFromHome(0) { return (0, 0) }
    for _ in 0..<50 where high - low > 1e-12 * high {
      let middle = (low + high) / 2
      if canReachFromHome(middle) { high = middle } else { low = middle }
    }
    return (low, high)
  }

  /// Whether bᵀδ takes the value c within a distance of the image.
  private func canReachFromHome(_ distance: Double) -> Bool {
    let family = ConfinedChange(distance: distance)
    return reach(family, pull: Self.endlessPull).value >= gap && reach(family, pull: -Self.endlessPull).value <= gap
  }

  /// The change without a trust region: from home to the ends of the box, one scalar after the other, until the boundary
  /// is reached. In order of slope that is the nearest in L1, in order of gain in L0.
  func greedy(by rank: (_ slope: Double, _ room: Double) -> Double) -> [Double] {
    var missing = zip(slope, home).reduce(gap) { $0 - $1.0 * $1.1 }
    let ends = slope.indices.map { (missing > 0) == (slope[$0] > 0) ? upper[$0] : lower[$0] }
    let ranks = slope.indices.map { rank(abs(slope[$0]), abs(ends[$0] - home[$0])) }
    var result = home
    for index in slope.indices.sorted(by: { (ranks[$1], $0) < (ranks[$0], $1) }) where slope[index] != 0 {
      let gain = slope[index] * (ends[index] - home[index])
      guard abs(gain) < abs(missing) else {
        result[index] = min(max(home[index] + missing / slope[index], lower[index]), upper[index])
        break
      }
      result[index] = ends[index]
      missing -= gain
    }
    return result
  }
}
