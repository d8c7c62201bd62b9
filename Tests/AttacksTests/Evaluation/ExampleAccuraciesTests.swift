import Attacks
import Networks
import Testing

@Suite struct ExampleAccuraciesTests {
  @Test func meansOfDrawsAndUnionsOfAttacks() {
    let draws = [
      ExampleAccuracies(shares: [1, 0, 0, 1], invalid: [2]), ExampleAccuracies(shares: [1, 1, 0, 0], invalid: [2, 3]),
    ]
    #expect(ExampleAccuracies(draws: draws).shares == [1, 0.5, 0, 0.5])
    #expect(ExampleAccuracies(draws: draws).invalid == [2, 3])
    let attacks = [
      ExampleAccuracies(shares: [1, 0.5, 0, 1], invalid: [2]),
      ExampleAccuracies(shares: [0.25, 0.75, 1, 0], invalid: [3]),
    ]
    let union = ExampleAccuracies(worstOf: attacks)
    #expect(union.shares == [0.25, 0.5, 0, 0] && union.invalid == [2, 3])
    #expect(union.accuracy == 0.75 / 4)
    #expect(union.count == 4)
    #expect(ExampleAccuracies(worstOf: []).accuracy == nil)
  }

  @Test func everyStatusCounts() {
    let statuses: [ExampleStatus] = [
      .misclassified, .robust, .broken, .beyondRadius, .invalid(.logitsNotFinite), .invalid(.imageNotFinite),
    ]
    let judgement = ExampleAccuracies(statuses: statuses)
    #expect(judgement.shares == [0, 1, 0, 1, 0, 0] && judgement.invalid == [4, 5])
    #expect(judgement.accuracy == 2.0 / 6)
  }

  /// Whatever becomes of the examples, several attacks together leave no more standing than any of them.
  @Test func aUnionIsNeverMoreRobustThanAMember() throws {
    let kinds: [ExampleStatus] = [
      .misclassified, .robust, .broken, .beyondRadius, .invalid(.logitsNotFinite), .invalid(.modelFailed("m")),
      .invalid(.attackFailed("a")), .invalid(.candidateNotFinite), .invalid(.candidateOutsideBall(distance: 1)),
    ]
    for trial in 0..<500 {
      var stream = RandomSource(seed: 5).stream(.data, example: trial)
      let (count, attacks) = (1 + stream.integer(below: 12), 1 + stream.integer(below: 5))
      let members = (0..<attacks).map { _ in
        ExampleAccuracies(statuses: (0..<count).map { _ in kinds[stream.integer(below: kinds.count)] })
      }
      let union = ExampleAccuracies(worstOf: members)
      let least = members.compactMap(\.accuracy).min()
      #expect(union.accuracy ?? 1 <= least ?? 0, "trial \(trial)")
      #expect(union.count == count && union.invalid == members.reduce(into: []) { $0.formUnion($1.invalid) })
      // A mean of draws lies between its members.
      let mean = try #require(ExampleAccuracies(draws: members).accuracy)
      #expect(mean <= (members.compactMap(\.accuracy).max() ?? 0) + 1e-12 && mean >= (least ?? 1) - 1e-12)
    }
  }

  @Test func theIntervalIsWilsons() {
    let judgement = ExampleAccuracies(shares: Array(repeating: 1, count: 8) + [0, 0])
    #expect(judgement.interval == Proportion(hits: 8, count: 10).interval)
    let halves = ExampleAccuracies(shares: Array(repeating: 0.8, count: 10))
    #expect(halves.accuracy.map { abs($0 - 0.8) < 1e-12 } == true)
    #expect(abs(halves.interval.lowerBound - judgement.interval.lowerBound) < 1e-12)
    #expect(ExampleAccuracies(shares: []).interval == 0...1)
  }
}
