import Certification
import Networks
import Testing

struct InputRegionTests {
  /// The function x itself.
  private func least(over region: InputRegion) throws -> Double {
    let network = try HandMadeNetwork([([[1]], [0])]).bounded()
    return try Crown().leastValues(of: OutputFunctions(coefficients: [[1]]), network: network, region: region)[0]
  }

  /// A box beside the centre of a ball, as halving makes them: the least value is the box's end.
  @Test(arguments: [Norm.l1, .l2]) func boundsHoldWhereTheCentreLiesOutsideTheBox(norm: Norm) throws {
    let ball = InputRegion.Ball(norm: norm, radius: 3, center: [0])
    #expect(try least(over: InputRegion(lower: [1], upper: [2], ball: ball)) <= 1)
    #expect(try least(over: InputRegion(lower: [-2], upper: [-1], ball: ball)) <= -2)
  }

  /// Two million equal changes, of which a running sum is lower than the exact one by more than 2⁻⁴⁰ of it.
  @Test func aPointJustOutsideAnL1BallIsNotInIt() throws {
    // A power of two, so that the product is exact.
    let count = 1 << 21
    let change = try #require(
      (1..<1000).lazy.map { Double($0) / 997 }.first { change in
        let sum = (0..<count).reduce(0.0) { sum, _ in sum + change }
        return sum * (1 + 0x1p-40) < (change * Double(count)).nextDown
      })
    let ball = InputRegion.Ball(
      norm: .l1, radius: (change * Double(count)).nextDown, center: [Double](repeating: change, count: count))
    #expect(!InputRegion(ball: ball).contains([Float](repeating: 0, count: count)))
  }

  @Test func theCentreIsInABallOfRadiusZero() {
    for norm in [Norm.l1, .l2] {
      let region = InputRegion(ball: InputRegion.Ball(norm: norm, radius: 0, center: [0.5, 0.25]))
      #expect(region.contains([0.5, 0.25]))
      #expect(!region.contains([0.5, 0.25 + 0x1p-20]))
    }
  }
}
