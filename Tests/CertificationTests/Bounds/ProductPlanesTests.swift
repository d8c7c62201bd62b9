import Certification
import Networks
import Testing

@Suite struct ProductPlanesTests {
  private func value(_ plane: Plane, _ x: Double, _ y: Double) -> Float80 {
    Float80(plane.xSlope) * Float80(x) + Float80(plane.ySlope) * Float80(y) + Float80(plane.intercept)
  }

  @Test func planesAndRangeHoldOnTheBox() {
    var generator = RandomSource(seed: 1).stream(.check)
    for _ in 0..<3000 {
      let (box, other) = (Interval.random(using: &generator), Interval.random(using: &generator))
      let (planes, range) = (ProductPlanes(box, other), productRange(box, other))
      for x in box.samples(5, using: &generator) {
        for y in other.samples(5, using: &generator) {
          let product = Float80(x) * Float80(y)
          // An intercept of plus or minus infinity is a bound, if a useless one.
          let terms = (planes.lower + planes.upper).map { abs(value($0, x, y)) + abs(Float80($0.intercept)) }
          let allowance = 0x1p-60 * (abs(product) + terms.filter(\.isFinite).reduce(0, +))
          #expect(planes.lower.allSatisfy { value($0, x, y) <= product + allowance }, "\(box) × \(other)")
          #expect(planes.upper.allSatisfy { value($0, x, y) >= product - allowance }, "\(box) × \(other)")
          #expect(Float80(range.lower) <= product && product <= Float80(range.upper), "\(box) × \(other)")
        }
      }
    }
  }

  @Test func planesTouchTheProductAtTheCorners() {
    let planes = ProductPlanes(Interval(-1, 2), Interval(3, 5))
    for (x, y) in [(-1.0, 3.0), (-1, 5), (2, 3), (2, 5)] {
      let below = planes.lower.map { value($0, x, y) }.max()!
      let above = planes.upper.map { value($0, x, y) }.min()!
      #expect(abs(below - Float80(x * y)) < 1e-14 && abs(above - Float80(x * y)) < 1e-14)
    }
    #expect(planes.lower[0].xSlope == 3 && planes.lower[0].ySlope == -1 && planes.lower[0].intercept == 3.0.nextDown)
    let range = productRange(Interval(-1, 2), Interval(3, 5))
    #expect(range == Interval((-5.0).nextDown, 10.0.nextUp))
  }

  @Test func zeroTimesInfinityIsZero() {
    #expect(productRange(Interval(0, 0), Interval(-.infinity, .infinity)) == Interval(0, 0))
    #expect(productRange(Interval(1, .infinity), Interval(0, 2)) == Interval(0, .infinity))
    let planes = ProductPlanes(Interval(0, .infinity), Interval(-1, 1))
    #expect(planes.lower[0].xSlope == 0 && planes.lower[0].intercept == -.infinity)
  }
}
