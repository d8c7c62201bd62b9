import Glibc
import Networks
import Testing

/// The volume of a ball grows with the d-th power of its radius, so for uniform points (r/ε)^d is uniform on [0, 1].
private func gapFromUniform(_ radii: [Double], dimension: Int) -> Double {
  let shares = radii.map { pow($0, Double(dimension)) }.sorted()
  let count = Double(shares.count)
  return shares.enumerated().reduce(0) { worst, item in
    max(worst, abs(item.element - Double(item.offset) / count), abs(item.element - Double(item.offset + 1) / count))
  }
}

private let draws = 4000
/// The Kolmogorov–Smirnov bound that right samples exceed with probability 0.001.
private let critical = 1.95 / Double(draws).squareRoot()

private func starts(_ norm: Norm, radius: Float, dimension: Int) -> Tensor<Float> {
  let threat = ThreatModel(norm: norm, radius: radius, bounds: -10...10)
  let centers = Tensor<Float>(shape: [draws, dimension], repeating: 0.25)
  return threat.randomStart(around: centers, ids: Array(0..<draws), restart: 0, source: RandomSource(seed: 1))
}

@Test(arguments: [Norm.linf, .l2, .l1], [1, 2, 30]) func startsAreUniformInTheBall(norm: Norm, dimension: Int) {
  let points = starts(norm, radius: 0.5, dimension: dimension)
  let centers = Tensor<Float>(shape: points.shape, repeating: 0.25)
  let radii = norm.distances(from: centers, to: points).map { Double($0) / 0.5 }
  let gap = gapFromUniform(radii, dimension: dimension)
  #expect(gap < critical, "\(gap)")
  // No side is preferred: the signs are binomial with standard deviation √(4000/4) < 32.
  for column in 0..<dimension {
    let positive = (0..<draws).filter { points.scalars[$0 * dimension + column] > 0.25 }.count
    #expect(abs(positive - draws / 2) < 4 * 32, "\(positive)")
  }
}

/// What other libraries do: a uniform radius, a cube clipped to the ball, the sphere. The test above must tell.
@Test func theTestOfUniformityRejectsKnownMistakes() {
  var stream = RandomSource(seed: 2).stream(.check)
  let dimension = 30
  let uniformRadius = (0..<draws).map { _ in Double(stream.uniform()) }
  #expect(gapFromUniform(uniformRadius, dimension: dimension) > 10 * critical)
  let clippedCube = (0..<draws).map { _ in
    let squares = (0..<dimension).map { _ in Double(stream.uniform(in: -1...1)) }.reduce(0) { $0 + $1 * $1 }
    return min(1, squares.squareRoot())
  }
  #expect(gapFromUniform(clippedCube, dimension: dimension) > 10 * critical)
}

@Test func sparseStartsChangeAsManyScalarsAsAllowed() {
  let points = starts(.l0, radius: 3, dimension: 10)
  let centers = Tensor<Float>(shape: points.shape, repeating: 0.25)
  #expect(Norm.l0.distances(from: centers, to: points).allSatisfy { $0 == 3 })
  for column in 0..<10 {
    let changed = (0..<draws).filter { points.scalars[$0 * 10 + column] != 0.25 }.count
    // Binomial with mean 1200 and standard deviation √(4000·0.3·0.7) < 29.
    #expect(abs(changed - 1200) < 4 * 29, "\(changed)")
  }
}

@Test(arguments: Norm.allCases) func startsStayInBallAndBox(norm: Norm) {
  let threat = ThreatModel(norm: norm, radius: norm == .l0 ? 2 : 0.7)
  let items = geometryCases(norm, count: 100, dimensions: 9...9).filter { $0.threat.bounds == 0...1 }
  let centers = Tensor<Float>.concatenating(items.map(\.centers))
  let ids = Array(items.indices)
  let points = threat.randomStart(around: centers, ids: ids, restart: 0, source: RandomSource(seed: 1))
  #expect(points.scalars.allSatisfy { $0 >= 0 && $0 <= 1 })
  for row in ids {
    let distance = size(norm, points.examples(row..<row + 1).scalars, items[row].center)
    // In L∞ the subtraction in single precision is what is kept below the radius: half an ulp of it more is exact.
    #expect(distance <= Double(threat.radius) + Double(threat.radius.ulp))
  }
  #expect(points != centers)
}

@Test(arguments: Norm.allCases) func aStartDependsOnIDRestartSeedAndPurposeAlone(norm: Norm) {
  let threat = ThreatModel(norm: norm, radius: norm == .l0 ? 2 : 0.3)
  let centers = Tensor<Float>(shape: [4, 9], repeating: 0.5)
  let source = RandomSource(seed: 1)
  let batch = threat.randomStart(around: centers, ids: [7, 3, 5, 9], restart: 2, source: source)
  let one = centers.examples(0..<1)
  let alone = threat.randomStart(around: one, ids: [5], restart: 2, source: source)
  #expect(batch.examples(2..<3) == alone)
  #expect(threat.randomStart(around: one, ids: [6], restart: 2, source: source) != alone)
  #expect(threat.randomStart(around: one, ids: [5], restart: 3, source: source) != alone)
  #expect(threat.randomStart(around: one, ids: [5], restart: 2, source: RandomSource(seed: 2)) != alone)
  #expect(threat.randomStart(around: one, ids: [5], restart: 2, source: source, purpose: .noise) != alone)
}
