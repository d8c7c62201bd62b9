import Networks
import Testing

private func step(
  _ threat: ThreatModel, from point: [Float], gradient: [Float], size: Float, center: [Float]? = nil
) -> [Float] {
  var points = Tensor(shape: [1, point.count], scalars: point)
  threat.ascend(
    &points, along: Tensor(shape: [1, point.count], scalars: gradient), stepSize: size,
    around: Tensor(shape: [1, point.count], scalars: center ?? point))
  return points.scalars
}

@Test func theLinfStepIsTheSign() {
  let threat = ThreatModel(norm: .linf, radius: 0.5, bounds: -1...1)
  #expect(step(threat, from: [0, 0, 0, 0], gradient: [1e-30, -7, 0, .nan], size: 0.25) == [0.25, -0.25, 0, 0])
  #expect(step(threat, from: [0, 0.75], gradient: [1, 1], size: 1) == [0.5, 1])
}

@Test func theLinfPassIsStepThenProjection() {
  var stream = RandomSource(seed: 3).stream(.check)
  let threat = ThreatModel(norm: .linf, radius: 0.1)
  let center = (0..<1000).map { _ in stream.uniform() }
  let point = center.map { min(max($0 + stream.uniform(in: -0.1...0.1), 0), 1) }
  let gradient = center.map { _ in stream.normal() }
  let moved = zip(point, gradient).map { $0 + ($1 > 0 ? 0.03 : -0.03) }
  let expected = GeometryCase(threat: threat, center: center, candidate: moved).projected
  #expect(step(threat, from: point, gradient: gradient, size: 0.03, center: center) == expected)
}

@Test(arguments: [1, 1e-30, 0x1p-145, 1e30, 1e38] as [Float]) func theL2StepHasItsLengthWhateverTheGradient(
  scale: Float
) {
  let threat = ThreatModel(norm: .l2, radius: 10, bounds: -10...10)
  let result = step(threat, from: [0, 0, 0], gradient: [3 * scale, 0, -2 * scale], size: 0.5)
  let (first, third) = (Double(3 * scale), Double(2 * scale))
  let length = (first * first + third * third).squareRoot()
  // Each scalar is rounded once.
  #expect(abs(Double(result[0]) - 0.5 * first / length) <= Double(result[0].ulp))
  #expect(abs(Double(result[2]) + 0.5 * third / length) <= Double(result[2].ulp))
  #expect(result[1] == 0)
}

@Test(arguments: Norm.allCases) func whereTheGradientIsZeroNothingMoves(norm: Norm) {
  let threat = ThreatModel(norm: norm, radius: 1)
  #expect(step(threat, from: [0.25, 0.5], gradient: [0, 0], size: 1) == [0.25, 0.5])
  #expect(step(threat, from: [0.25, 0.5], gradient: [.nan, .nan], size: 1) == [0.25, 0.5])
}

@Test func theL1StepTakesTheLargestGradientThatTheBoxLetsMove() {
  let threat = ThreatModel(norm: .l1, radius: 2)
  // The first can't rise, the second can't fall; the fourth is the largest of the others.
  let result = step(threat, from: [1, 0, 0.5, 0.5], gradient: [9, -8, 1, -3], size: 0.25)
  #expect(result == [1, 0, 0.5, 0.25])
}

@Test func whatTheL1StepCannotSpendGoesToTheNextCoordinate() {
  let threat = ThreatModel(norm: .l1, radius: 2)
  #expect(step(threat, from: [0.5, 0.5, 0.5], gradient: [2, -3, 1], size: 0.75) == [0.75, 0, 0.5])
  #expect(step(threat, from: [0.5, 0.5, 0.5], gradient: [2, -3, 1], size: 9) == [1, 0, 1])
}

@Test func equalL1GradientsTakeTheFirstCoordinate() {
  let threat = ThreatModel(norm: .l1, radius: 2)
  #expect(step(threat, from: [0.5, 0.5, 0.5], gradient: [1, 1, 1], size: 0.25) == [0.75, 0.5, 0.5])
}

@Test func theL0StepMovesWhatGainsMost() {
  let threat = ThreatModel(norm: .l0, radius: 2)
  // Gains: 0.1·9, 0.5·3, 0.9·1, 0.5·2.
  let result = step(threat, from: [0.9, 0.5, 0.1, 0.5], gradient: [9, -3, 1, 2], size: 2)
  #expect(result == [0.9, 0, 0.1, 1])
}

/// The best growth along a unit step of a norm is the dual norm of the gradient.
@Test(arguments: [Norm.linf, .l2, .l1]) func aStepGrowsByTheDualNorm(norm: Norm) {
  let gradient: [Float] = [0.3, -0.7, 0.05, 0.2]
  let threat = ThreatModel(norm: norm, radius: 100, bounds: -100...100)
  let result = step(threat, from: [0, 0, 0, 0], gradient: gradient, size: 2)
  let growth = zip(result, gradient).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
  let dual = size(norm.dual ?? norm, gradient, [0, 0, 0, 0])
  // Four products, each with one single-precision rounding.
  #expect(abs(growth - 2 * dual) <= 4 * 0x1p-23, "\(growth) against \(2 * dual)")
}
