import Networks
import Testing
import Training

@Suite struct MinibatchesTests {
  private let batches = Minibatches(count: 103, batchSize: 10, random: RandomSource(seed: 4))

  @Test func everyImageOncePerEpochAndThePartialBatchKept() {
    let indices = batches.order(ofEpoch: 0).batches
    #expect(batches.perEpoch == 11)
    #expect(indices.map(\.count) == Array(repeating: 10, count: 10) + [3])
    #expect(indices.joined().sorted() == Array(0..<103))
    #expect(Minibatches(count: 100, batchSize: 10, random: RandomSource(seed: 4)).perEpoch == 10)
    #expect(Minibatches(count: 0, batchSize: 10, random: RandomSource(seed: 4)).order(ofEpoch: 0).batches.isEmpty)
  }

  @Test func epochsAndSeedsDiffer() {
    #expect(batches.order(ofEpoch: 1).batches != batches.order(ofEpoch: 0).batches)
    #expect(batches.order(ofEpoch: 1).batches == batches.order(ofEpoch: 1).batches)
    let other = Minibatches(count: 103, batchSize: 10, random: RandomSource(seed: 5))
    #expect(other.order(ofEpoch: 0).batches != batches.order(ofEpoch: 0).batches)
  }

  /// Ten ranges of ten images, the last one of thirteen, three of them at a time.
  @Test func imagesAreShuffledWithinWindowsOfShuffledRanges() {
    let ranges = (0..<10).map { $0 * 10..<($0 == 9 ? 103 : $0 * 10 + 10) }
    let windows = ShuffleWindows(ranges: ranges, rangesPerWindow: 3)
    #expect(windows.windowCount == 4 && windows.count == 103)
    let batches = Minibatches(windows, batchSize: 10, random: RandomSource(seed: 4))
    let orders = (0..<2).map { batches.order(ofEpoch: $0).batches.flatMap { $0 } }
    for order in orders {
      #expect(order.sorted() == Array(0..<103))
      var (start, seen): (Int, Set<Int>) = (0, [])
      // Each window is whole ranges, three and at last one, and no range is in two of them.
      for count in [3, 3, 3, 1] {
        let found = Set(order[start..<min(start + count * 10, 103)].map { min($0 / 10, 9) })
        #expect(found.count <= count + 1)
        let size = found.reduce(0) { $0 + ranges[$1].count }
        #expect(Set(order[start..<min(start + size, 103)].map { min($0 / 10, 9) }) == found || found.contains(9))
        seen.formUnion(found)
        start += size
      }
      #expect(seen == Set(0..<10))
    }
    #expect(orders[0] != orders[1])
    #expect(Set(orders[0][..<30].map { $0 / 10 }) != Set(orders[1][..<30].map { $0 / 10 }), "other ranges come first")
  }
}
