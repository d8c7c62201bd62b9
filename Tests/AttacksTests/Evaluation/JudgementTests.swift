import Attacks
import Testing

@Suite struct JudgementTests {
  @Test func meansOfDrawsAndUnionsOfAttacks() {
    let draws = [Judgement(shares: [1, 0, nil, 1]), Judgement(shares: [1, 1, nil, nil])]
    #expect(Judgement(draws: draws).shares == [1, 0.5, nil, 1])
    let attacks = [Judgement(shares: [1, 0.5, nil, 1]), Judgement(shares: [0.25, 0.75, 1, nil])]
    let union = Judgement(worstOf: attacks)
    #expect(union.shares == [0.25, 0.5, 1, 1])
    #expect(union.accuracy == 2.75 / 4)
    #expect(union.count == 4)
    #expect(Judgement(worstOf: []).accuracy == nil)
  }

  @Test func theIntervalIsWilsons() {
    let judgement = Judgement(shares: Array(repeating: 1, count: 8) + [0, 0])
    #expect(judgement.interval == Proportion(hits: 8, count: 10).interval)
    let halves = Judgement(shares: Array(repeating: 0.8, count: 10))
    #expect(halves.accuracy.map { abs($0 - 0.8) < 1e-12 } == true)
    #expect(abs(halves.interval.lowerBound - judgement.interval.lowerBound) < 1e-12)
    #expect(Judgement(shares: [nil]).interval == 0...1)
  }
}
