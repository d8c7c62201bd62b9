import Networks
import TestSupport
import Testing

@Suite struct RanksTests {
  @Test func sharesFollowOneAnother() {
    let ranks = CountedRanks(own: 1, count: 4)
    #expect((0..<4).map { ranks.share(of: 10, rank: $0) } == [0..<3, 3..<6, 6..<8, 8..<10])
    #expect(ranks.share(of: 10) == 3..<6)
    #expect((0..<4).map { ranks.share(of: 2, rank: $0) } == [0..<1, 1..<2, 2..<2, 2..<2])
  }

  @Test(arguments: 1...4) func valuesArriveInTheOrderOfRanks(count: Int) throws {
    let found = try ThreadRanks.run(count) { ranks in
      let gathered = try ranks.gather(values: [Float](repeating: Float(ranks.own) + 0.5, count: ranks.own))
      let exchanged = try ranks.exchange(values: (0..<count).map { [ranks.own, $0] })
      return (gathered, exchanged)
    }
    for (rank, (gathered, exchanged)) in found.enumerated() {
      #expect(gathered == (0..<count).map { [Float](repeating: Float($0) + 0.5, count: $0) })
      #expect(exchanged == (0..<count).map { [$0, rank] })
    }
  }

  @Test func codedValuesKeepTheirBits() throws {
    let odd: [Double] = [.infinity, -.infinity, 0.1, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
    let found = try ThreadRanks.run(3) { try $0.gather(coded: [odd]) }
    for values in found {
      #expect(values.map { $0.map(\.bitPattern) } == Array(repeating: odd.map(\.bitPattern), count: 3))
    }
  }

  @Test func oneSaysSoForAll() throws {
    #expect(try ThreadRanks.run(3) { try $0.holdsAnywhere($0.own == 2) } == [true, true, true])
    #expect(try ThreadRanks.run(3) { try $0.holdsAnywhere(false) } == [false, false, false])
    #expect(try ThreadRanks.run(3) { try $0.first([$0.own]) } == [[0], [0], [0]])
  }

  @Test(arguments: [1, 2, 5]) func rowsAreSharedOut(count: Int) throws {
    let found = try ThreadRanks.run(count) { ranks in
      try Workers(count: 2, ranks: ranks).rows(count: 7, largest: 2, shape: [2]) { range in
        Tensor(shape: [range.count, 2], scalars: range.flatMap { [Float($0), -Float($0)] })
      }
    }
    for rows in found { #expect(rows.scalars == (0..<7).flatMap { [Float($0), -Float($0)] }) }
  }

  @Test func aRankThatFailsEndsTheOthers() {
    #expect(throws: (any Error).self) {
      try ThreadRanks.run(2) { ranks in
        if ranks.own == 1 { throw LostRank() }
        return try ranks.gather([])
      }
    }
  }
}
