import Networks
import Synchronization
import Testing

private struct ShardError: Error, Equatable { let shard: Int }

@Test(arguments: [0, 1, 2, 7]) func resultsComeInShardOrder(count: Int) throws {
  for shards in [0, 1, 5, 100] {
    #expect(try Workers(count: count).map(shards) { $0 * $0 } == (0..<shards).map { $0 * $0 })
  }
}

@Test(arguments: [1, 4]) func theErrorOfTheFirstShardIsThrown(count: Int) {
  for _ in 0..<50 {
    #expect(throws: ShardError(shard: 3)) {
      try Workers(count: count).map(20) { shard in
        if shard == 3 || shard > 4 { throw ShardError(shard: shard) }
        return shard
      }
    }
  }
}

@Test func noShardIsBegunAfterAnErrorAndEachRunsOnce() throws {
  let runs = Mutex(Array(repeating: 0, count: 1000))
  _ = try Workers(count: 4).map(1000) { shard in runs.withLock { $0[shard] += 1 } }
  #expect(runs.withLock { $0 } == Array(repeating: 1, count: 1000))
  let begun = Mutex(0)
  #expect(throws: ShardError.self) {
    try Workers(count: 2).map(100_000) { shard in
      begun.withLock { $0 += 1 }
      throw ShardError(shard: shard)
    }
  }
  #expect(begun.withLock { $0 } <= 2)
}

@Test func rangesCoverEverythingOnce() {
  #expect(shardRanges(count: 10, size: 4) == [0..<4, 4..<8, 8..<10])
  #expect(shardRanges(count: 0, size: 4) == [])
  #expect(shardRanges(count: 3, size: 0) == [0..<1, 1..<2, 2..<3])
}

/// No range is larger than asked, no worker waits for a range that two could have shared.
@Test(arguments: [1, 2, 3, 16]) func balancedRangesKeepAllWorkersBusy(count: Int) {
  let workers = Workers(count: count)
  for examples in [0, 1, 2, 5, 127, 128, 129, 360, 1000, 10_000] {
    for largest in [1, 7, 64, 128, 1000, Int.max] {
      let ranges = workers.balancedRanges(count: examples, largest: largest)
      #expect(ranges.flatMap(Array.init) == Array(0..<examples))
      let sizes = ranges.map(\.count)
      #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1 && (sizes.max() ?? 0) <= largest)
      #expect(ranges.count % count == 0 || ranges.count == examples, "\(examples) examples, \(largest), \(count)")
    }
  }
  #expect(workers.balancedRanges(count: 128, largest: 128).count == min(count, 128))
}
