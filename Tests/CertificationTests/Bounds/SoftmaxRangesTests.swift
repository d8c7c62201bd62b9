import Certification
import Glibc
import Networks
import Testing

@Suite struct SoftmaxRangesTests {
  /// Softmax values and their logarithms in the wider format, without cancellation in small values of either.
  private func softmax(_ logits: [Double]) -> [(value: Float80, logarithm: Float80)] {
    logits.indices.map { place in
      let others = logits.indices.filter { $0 != place }.map { Float80(logits[$0]) - Float80(logits[place]) }
      let sum = others.reduce(0) { $0 + exp($1) }
      return (1 / (1 + sum), -log1p(sum))
    }
  }

  /// Random intervals, and one that ends far below its other end, where the logarithm of the other's exponential is large.
  private func cases(using generator: inout RandomStream) -> [(logits: [Interval], scale: Double, offset: Double)] {
    let random = (0..<600).map { round in
      let (scale, offset) = ([1, 10, 1e-8, 300][round % 4], [0, 1000, -1e6][round % 3])
      let logits = (0..<Int.random(in: 2...12, using: &generator)).map { _ in
        let one = offset + scale * Double.random(in: -1...1, using: &generator)
        let other = offset + scale * Double.random(in: -1...1, using: &generator)
        return Interval(min(one, other), max(one, other))
      }
      return (logits, scale, offset)
    }
    return random + [([Interval(-250.1, 300), Interval(-251, -250)], 300, 0)]
  }

  @Test func rangesHoldAndAreAttainedAtCorners() {
    var generator = RandomSource(seed: 1).stream(.check)
    for (logits, scale, offset) in cases(using: &generator) {
      let (ranges, logarithms) = (softmaxRanges(logits), logSoftmaxRanges(logits))
      for place in logits.indices {
        let least = softmax(logits.indices.map { $0 == place ? logits[$0].lower : logits[$0].upper })[place]
        let largest = softmax(logits.indices.map { $0 == place ? logits[$0].upper : logits[$0].lower })[place]
        // The wider format is 2000 times finer than the widening by several units in the last place.
        #expect(Float80(ranges[place].lower) <= least.value && Float80(ranges[place].upper) >= largest.value)
        #expect(Float80(logarithms[place].lower) <= least.logarithm)
        #expect(Float80(logarithms[place].upper) >= largest.logarithm)
        // Tight to the rounding of logits of this size, and to the slack of 2⁻⁴⁶ for the logarithm of the others' sum,
        // which lies up to two scales below the largest logit. A logistic function passes on a quarter of it.
        let tolerance = Float80(1e-12 + 1e-15 * abs(offset) + 0x1p-46 * scale / 2)
        #expect(Float80(ranges[place].lower) >= least.value - tolerance)
        #expect(Float80(ranges[place].upper) <= largest.value + tolerance)
        #expect(Float80(logarithms[place].lower) >= least.logarithm - tolerance * 1000)
        #expect(Float80(logarithms[place].upper) <= largest.logarithm + tolerance * 1000)
      }
      for _ in 0..<20 {
        let point = softmax(logits.map { Double.random(in: $0.lower...$0.upper, using: &generator) })
        for place in logits.indices {
          #expect(Float80(ranges[place].lower) <= point[place].value)
          #expect(Float80(ranges[place].upper) >= point[place].value)
        }
      }
    }
  }

  @Test func twoClassesAreALogisticFunction() {
    let ranges = softmaxRanges([Interval(0, 1), Interval(0, 0)])
    // The slack for the functions of the C library is 64 units in the last place, here twice.
    #expect(abs(ranges[0].lower - 0.5) < 3e-14 && abs(ranges[0].upper - 1 / (1 + exp(-1))) < 3e-14)
  }

  @Test func farAndInfiniteLogitsStayInRange() {
    let far = [Interval(-5000, -5000), Interval(5000, 5000), Interval(0, 0)]
    let (ranges, logarithms) = (softmaxRanges(far), logSoftmaxRanges(far))
    #expect(ranges[0].lower == 0 && ranges[0].upper < 1e-290 && ranges[1].lower > 1 - 1e-13 && ranges[1].upper == 1)
    #expect(logarithms[0].lower <= -10_000 && logarithms[0].lower > -10_001)
    #expect(logarithms[0].upper >= -10_000 && logarithms[0].upper < -9999)
    #expect(softmaxRanges([Interval(0, .infinity), Interval(0, 1)]) == [Interval(0, 1), Interval(0, 1)])
    #expect(logSoftmaxRanges([Interval(.nan, 0)]) == [Interval(-.infinity, 0)])
    #expect(softmaxRanges([Interval(-1, 3)])[0].lower > 1 - 1e-13)
    #expect(softmaxRanges([]).isEmpty)
  }
}
