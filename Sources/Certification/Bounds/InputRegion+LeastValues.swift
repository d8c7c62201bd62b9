internal import Networks

extension InputRegion {
  /// The least value of each linear function over the region, with what was found so far added; rounded down.
  func leastValues(of rows: Rows, added sums: [Double], _ bounds: NetworkBounds) -> [Double] {
    let errors = bounds.nodes[0].error.map { 2 * $0 + Rounding.underflow }
    var inBox = sums
    bounds.network.addLeastValues(
      of: rows, zip(lower, errors).map { $0 - $1 }, zip(upper, errors).map { $0 + $1 }, to: &inBox)
    guard let ball else { return inBox.map { ($0 - Rounding.underflow).nextDown.asLowerBound } }
    var result = inBox
    let gamma = bounds.network.rounding.gamma
    rows.forEachRow { row, a in
      let least = leastChange(of: a, in: ball, gamma: gamma)
      var atCenter = 0.0
      var size = abs(sums[row])
      for place in a.indices {
        atCenter += a[place] * ball.center[place]
        size += abs(a[place] * ball.center[place])
      }
      let value = sums[row] + atCenter + least - 2 * gamma * (size + abs(least)) - Rounding.underflow
      // Both are valid.
      result[row] = value > inBox[row] ? value : inBox[row]
    }
    return result.map { ($0 - Rounding.underflow).nextDown.asLowerBound }
  }

  /// For each function the point of the region with the least value; for a ball, the best point of ball or box to within
  /// the search for its multiplier.
  package func minimizers(of rows: Rows) -> Rows {
    var points = rows
    points.forEachMutableRow { row, point in
      guard let ball else {
        for place in point.indices { point[place] = point[place] > 0 ? lower[place] : upper[place] }
        return
      }
      let a = Array(point)
      a.withUnsafeBufferPointer { a in
        switch ball.norm {
        case .l1: fillL1(point, a, ball, critical: criticalSlope(a, ball))
        case .linf, .l2, .l0: fillL2(point, a, ball, multiplier: multiplier(a, ball))
        }
      }
    }
    return points
  }

  /// The least value of `a · d` for d = x − centre in ball and box, by weak duality: any multiplier gives a lower bound,
  /// and the search for the best one need not be exact.
  private func leastChange(of a: UnsafeBufferPointer<Double>, in ball: Ball, gamma: Double) -> Double {
    switch ball.norm {
    case .l1: leastChangeL1(a, ball, gamma)
    case .linf, .l2, .l0: leastChangeL2(a, ball, gamma)
    }
  }

  // MARK: L2

  /// `min over d in the box of a · d + λ (|d|² − ε²)`.
  private func leastChangeL2(_ a: UnsafeBufferPointer<Double>, _ ball: Ball, _ gamma: Double) -> Double {
    let multiplier = multiplier(a, ball)
    var (linear, square, size) = (0.0, 0.0, 0.0)
    for place in a.indices {
      let change = changeL2(a[place], place, ball, multiplier)
      linear += a[place] * change
      size += abs(a[place] * change)
      square += change * change
    }
    // Where the change is rounded it is not quite the least one: the function is flat there, and rises by at most
    // λ (error)², which is less than one roundoff of λ d² or of a d.
    let penalty = multiplier * (square + ball.radius * ball.radius)
    return linear + multiplier * (square - ball.radius * ball.radius) - 4 * gamma * (size + penalty)
  }

  private func changeL2(_ a: Double, _ place: Int, _ ball: Ball, _ multiplier: Double) -> Double {
    let free = multiplier > 0 ? -a / (2 * multiplier) : a > 0 ? -Double.infinity : .infinity
    guard a != 0 else { return 0 }
    return min(max(free, lower[place] - ball.center[place]), upper[place] - ball.center[place])
  }

  private func fillL2(
    _ point: UnsafeMutableBufferPointer<Double>, _ a: UnsafeBufferPointer<Double>, _ ball: Ball, multiplier: Double
  ) {
    for place in a.indices { point[place] = ball.center[place] + changeL2(a[place], place, ball, multiplier) }
  }

  /// λ with |d(λ)| = ε: |a| / 2ε without a box, less with one; 0 where the box lies in the ball.
  private func multiplier(_ a: UnsafeBufferPointer<Double>, _ ball: Ball) -> Double {
    func square(_ multiplier: Double) -> Double {
      var sum = 0.0
      for place in a.indices {
        let change = changeL2(a[place], place, ball, multiplier)
        sum += change * change
      }
      return sum
    }
    var sum = 0.0
    for value in a { sum += value * value }
    let target = ball.radius * ball.radius
    guard ball.radius > 0, sum > 0 else { return 0 }
    var (low, high) = (0.0, sum.squareRoot() / (2 * ball.radius))
    guard square(high) < target * (1 - 1e-12), square(0) > target else { return square(0) > target ? high : 0 }
    for _ in 0..<60 where high - low > 1e-12 * high {
      let middle = (low + high) / 2
      if square(middle) > target { low = middle } else { high = middle }
    }
    return high
  }

  // MARK: L1

  /// `−λ ε − Σ room · max(|a| − λ, 0)`: each scalar moves at most as far as the box allows, and all of them ε together.
  /// Where the centre lies outside the box, room may be negative: a scalar has to move.
  private func leastChangeL1(_ a: UnsafeBufferPointer<Double>, _ ball: Ball, _ gamma: Double) -> Double {
    let critical = criticalSlope(a, ball)
    var sum = critical * ball.radius
    var size = abs(sum)
    for place in a.indices where abs(a[place]) > critical {
      let term = room(a[place], place, ball) * (abs(a[place]) - critical)
      sum += term
      size += abs(term)
    }
    return -sum - 4 * gamma * size
  }

  private func room(_ a: Double, _ place: Int, _ ball: Ball) -> Double {
    (a > 0 ? ball.center[place] - lower[place] : upper[place] - ball.center[place]).nextUp
  }

  /// The slope at which the scalars with steeper ones use up the radius.
  private func criticalSlope(_ a: UnsafeBufferPointer<Double>, _ ball: Ball) -> Double {
    var left = ball.radius
    for place in a.indices.sorted(by: { abs(a[$0]) > abs(a[$1]) }) {
      left -= room(a[place], place, ball)
      if left <= 0 { return abs(a[place]) }
    }
    return 0
  }

  private func fillL1(
    _ point: UnsafeMutableBufferPointer<Double>, _ a: UnsafeBufferPointer<Double>, _ ball: Ball, critical: Double
  ) {
    var left = ball.radius
    for place in a.indices { point[place] = ball.center[place] }
    for place in a.indices.sorted(by: { abs(a[$0]) > abs(a[$1]) }) where left > 0 && abs(a[place]) >= critical {
      let step = min(left, room(a[place], place, ball))
      point[place] += a[place] > 0 ? -step : step
      left -= step
    }
  }
}
