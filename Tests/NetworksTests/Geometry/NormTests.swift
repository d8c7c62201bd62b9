import Networks
import Testing

private func tensor(_ rows: [[Float]]) -> Tensor<Float> {
  Tensor(shape: [rows.count, rows[0].count], scalars: rows.flatMap { $0 })
}

@Test func distancesAreThoseOfTheDefinition() {
  let centers = tensor([[0, 0, 1], [0.5, 0.5, 0.5]])
  let points = tensor([[0.5, 0, 0.25], [0.5, 0.5, 0.5]])
  #expect(Norm.linf.distances(from: centers, to: points) == [0.75, 0])
  #expect(Norm.l1.distances(from: centers, to: points) == [1.25, 0])
  #expect(Norm.l2.distances(from: centers, to: points) == [Float(0.8125.squareRoot()), 0])
  #expect(Norm.l0.distances(from: centers, to: points) == [2, 0])
}

@Test func distancesAreAccumulatedInDoublePrecision() {
  // In single precision a sum of 10⁸ ones stalls at 2²⁴; a million thousandths is off by far more than one ulp.
  let count = 1_000_000
  let centers = Tensor<Float>(shape: [1, count])
  let points = Tensor<Float>(shape: [1, count], repeating: 0x1p-10)
  #expect(Norm.l1.distances(from: centers, to: points) == [Float(count) * 0x1p-10])
  #expect(Norm.l2.distances(from: centers, to: points) == [1000 * 0x1p-10])
}

@Test(arguments: [Norm.linf, .l2, .l1]) func aNaNAnywhereMakesTheDistanceNaN(norm: Norm) {
  let centers = Tensor<Float>(shape: [1, 3])
  for position in 0..<3 {
    var scalars: [Float] = [0.5, 0.25, 1]
    scalars[position] = .nan
    #expect(norm.distances(from: centers, to: Tensor(shape: [1, 3], scalars: scalars))[0].isNaN)
  }
}

@Test func theDualMeasuresTheSteepestGrowth() {
  #expect(Norm.allCases.map(\.dual) == [.l1, .l2, .linf, nil])
}

@Test func noExamplesHaveNoDistances() {
  let empty = Tensor<Float>(shape: [0, 4])
  #expect(Norm.l2.distances(from: empty, to: empty) == [])
}
