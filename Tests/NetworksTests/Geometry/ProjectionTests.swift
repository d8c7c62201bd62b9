import Networks
import Testing

private let convex: [Norm] = [.linf, .l2, .l1]

@Test(arguments: Norm.allCases) func projectingTwiceIsProjectingOnce(norm: Norm) {
  for item in geometryCases(norm, count: 400, dimensions: 1...40) {
    let again = GeometryCase(threat: item.threat, center: item.center, candidate: item.projected)
    #expect(again.projected == item.projected)
  }
}

@Test(arguments: Norm.allCases) func theResultIsInBallAndBox(norm: Norm) {
  for item in geometryCases(norm, count: 400, dimensions: 1...40) {
    let result = item.projected
    #expect(result.indices.allSatisfy { item.range($0).contains(result[$0]) })
    let radius = Double(item.threat.radius)
    if norm == .linf {
      #expect(zip(result, item.center).allSatisfy { abs($0 - $1) <= item.threat.radius })
    } else {
      // Rounding is towards the centre; 1e-12 is the documented slack of sums in double precision.
      #expect(size(norm, result, item.center) <= radius * (1 + 1e-12))
    }
  }
}

@Test(arguments: Norm.allCases) func whatIsInsideKeepsItsBits(norm: Norm) {
  var inside = 0
  for item in geometryCases(norm, count: 400, dimensions: 1...40) {
    let boxed = item.boxed
    guard size(norm, boxed, item.center) <= Double(item.threat.radius) * 0.999999 else { continue }
    inside += 1
    #expect(GeometryCase(threat: item.threat, center: item.center, candidate: boxed).projected == boxed)
  }
  #expect(inside > 20)
}

@Test(arguments: convex) func whatIsOutsideLandsOnTheSphere(norm: Norm) {
  var outside = 0
  for item in geometryCases(norm, count: 400, dimensions: 1...40) {
    let boxed = item.boxed
    let radius = Double(item.threat.radius)
    guard size(norm, boxed, item.center) > radius * 1.000001 else { continue }
    outside += 1
    // Every scalar of magnitude up to 2 is rounded inwards by less than 2⁻²³; at most 40 of them add up.
    let missing = radius - size(norm, item.projected, item.center)
    #expect(abs(missing) <= 40 * 0x1p-23, "\(missing)")
  }
  #expect(outside > 100)
}

/// z is the nearest point of a convex set to y exactly if (y − z)·(p − z) ≤ 0 for every p of the set.
@Test(arguments: convex) func noFeasiblePointIsNearer(norm: Norm) {
  for (number, item) in geometryCases(norm, count: 300, dimensions: 1...6).enumerated() {
    let result = item.projected
    var stream = RandomSource(seed: 6).stream(.check, example: number)
    for _ in 0..<200 {
      let feasible = feasiblePoint(item, &stream)
      let slope = result.indices.reduce(0.0) { sum, index in
        let z = Double(result[index])
        return sum + (Double(item.candidate[index]) - z) * (feasible[index] - z)
      }
      // Rounding moves each of at most 6 scalars by 2⁻²³; candidates are at most a few units away.
      #expect(slope <= 6 * 20 * 0x1p-23, "case \(number): \(slope)")
    }
  }
}

/// A random corner or inner point of the box, pulled into the ball.
private func feasiblePoint(_ item: GeometryCase, _ stream: inout RandomStream) -> [Double] {
  let corner = stream.integer(below: 2) == 0
  var changes = item.center.enumerated().map { index, center -> Double in
    let bounds = item.range(index)
    let target =
      corner
      ? [bounds.lowerBound, bounds.upperBound, center][stream.integer(below: 3)] : stream.uniform(in: bounds)
    return Double(target) - Double(center)
  }
  let radius = Double(item.threat.radius)
  if item.threat.norm == .linf {
    changes = changes.map { min(max($0, -radius), radius) }
  } else {
    let length =
      item.threat.norm == .l2
      ? changes.reduce(0) { $0 + $1 * $1 }.squareRoot() : changes.reduce(0) { $0 + abs($1) }
    if length > radius { changes = changes.map { $0 * radius / length } }
  }
  return zip(item.center, changes).map { Double($0) + $1 }
}

@Test func theNearestSparsePointIsFoundAmongAllSets() {
  for item in geometryCases(.l0, count: 200, dimensions: 1...8) {
    func cost(_ point: [Float]) -> Double {
      zip(point, item.candidate).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
    }
    var best = Double.infinity
    for set in 0..<(1 << item.center.count) where set.nonzeroBitCount <= Int(item.threat.radius) {
      let point = item.center.indices.map { index in
        set >> index & 1 == 1 ? item.boxed[index] : item.center[index]
      }
      best = min(best, cost(point))
    }
    // Both costs are sums of the same squares in another order.
    #expect(cost(item.projected) <= best * (1 + 1e-12))
  }
}

/// Two widely used libraries project (3, 4) to itself, or blow (0.03, 0.04) up to the sphere.
@Test func knownDefectsOfTheL2ProjectionAreAbsent() {
  let threat = ThreatModel(norm: .l2, radius: 1, bounds: -10...10)
  #expect(GeometryCase(threat: threat, center: [0, 0], candidate: [0.03, 0.04]).projected == [0.03, 0.04])
  let outside = GeometryCase(threat: threat, center: [0, 0], candidate: [3, 4]).projected
  // One rounding inwards.
  #expect(abs(outside[0] - 0.6) <= 0.6.ulpOfFloat && abs(outside[1] - 0.8) <= 0.8.ulpOfFloat, "\(outside)")
}

extension Double {
  fileprivate var ulpOfFloat: Float { Float(self).ulp }
}

/// Clipping after rescaling would end at (0.2, 0.6 − …); the exact projection spends the whole budget.
@Test func theBudgetThatTheBoxCutsOffIsSpentElsewhere() {
  let l2 = GeometryCase(
    threat: ThreatModel(norm: .l2, radius: 0.5), center: [0.9, 0.3], candidate: [3.9, 3.3]
  ).projected
  #expect(l2[0] == 1)
  // 0.3 + √(0.25 − 0.1²), where 1 − Float(0.9) ≈ 0.1.
  #expect(abs(Double(l2[1]) - 0.789_897_9) < 2e-7, "\(l2)")
  let l1 = GeometryCase(
    threat: ThreatModel(norm: .l1, radius: 0.5), center: [0.9, 0.3], candidate: [3.9, 3.3]
  ).projected
  #expect(l1[0] == 1 && abs(l1[1] - 0.7) <= 2 * Float(0.7).ulp, "\(l1)")
}

@Test(arguments: Norm.allCases) func examplesAreProjectedByThemselves(norm: Norm) {
  let items = geometryCases(norm, count: 200, dimensions: 7...7).filter { $0.threat.bounds == 0...1 }
  let threat = ThreatModel(norm: norm, radius: norm == .l0 ? 3 : 0.3)
  let centers = Tensor<Float>.concatenating(items.map(\.centers))
  var batch = Tensor<Float>.concatenating(items.map(\.candidates))
  threat.project(&batch, around: centers)
  for (row, item) in items.enumerated() {
    let alone = GeometryCase(threat: threat, center: item.center, candidate: item.candidate).projected
    #expect(batch.examples(row..<row + 1).scalars == alone)
  }
}

@Test(arguments: Norm.allCases) func radiusZeroIsTheIdentity(norm: Norm) {
  for item in geometryCases(norm, count: 50, dimensions: 1...9) {
    let threat = ThreatModel(norm: norm, radius: 0, bounds: item.threat.bounds)
    #expect(GeometryCase(threat: threat, center: item.center, candidate: item.candidate).projected == item.center)
  }
}

@Test(arguments: Norm.allCases) func aNaNIsNotHidden(norm: Norm) {
  let threat = ThreatModel(norm: norm, radius: 1)
  let result = GeometryCase(threat: threat, center: [0.5, 0.5, 0.5], candidate: [0.9, .nan, 0.1]).projected
  #expect(result[1].isNaN)
}

/// At many centres `center + radius` rounds outwards; in single precision the difference must still not exceed ε.
@Test(arguments: [1, -1] as [Float]) func roundingNeverLeavesTheLinfBall(direction: Float) {
  var stream = RandomSource(seed: 11).stream(.check)
  var corrected = 0
  for radius in [0.1, 0.3, 8 / 255, 1e-3, 1e-7] as [Float] {
    let threat = ThreatModel(norm: .linf, radius: radius, bounds: -1...1)
    let center = (0..<5000).map { _ in stream.uniform(in: -1...1) }
    let item = GeometryCase(threat: threat, center: center, candidate: center.map { $0 + direction })
    for (point, center) in zip(item.projected, center) {
      let naive = min(max(center + direction * radius, -1), 1)
      #expect(abs(point - center) <= radius)
      #expect(point == naive || point == (direction > 0 ? naive.nextDown : naive.nextUp))
      corrected += point == naive ? 0 : 1
    }
  }
  #expect(corrected > 1000)
}
