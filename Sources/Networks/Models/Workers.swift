import Synchronization

/// Threads that process the parts of a batch, in this process and in those that work on the same run.
public struct Workers: Sendable, Hashable {
  /// The number of threads of this process, at least 1.
  public let count: Int
  /// The processes. What is shared out between them says so; everything else runs on the threads of this one.
  public let ranks: any Ranks

  /// Creates a number of workers; less than one counts as one.
  public init(count: Int, ranks: any Ranks = OneRank()) {
    self.count = max(1, count)
    self.ranks = ranks
  }

  /// The threads of this process, which works alone.
  public var here: Workers { Workers(count: count) }

  /// Whether both are the same number of threads in the same place.
  public static func == (a: Workers, b: Workers) -> Bool {
    (a.count, a.ranks.own, a.ranks.count) == (b.count, b.ranks.own, b.ranks.count)
  }

  /// Hashes what is compared.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    hasher.combine(ranks.own)
    hasher.combine(ranks.count)
  }

  /// The results of `body` for the shards 0..<`shards`, in this order.
  ///
  /// A free worker takes the next shard, so the shards may differ in cost. With one worker everything runs on the
  /// calling thread, as it does where the system starts no more threads. After an error no further shard is started.
  ///
  /// - Throws: Of the errors thrown by `body`, the one of the first shard.
  public func map<Result: Sendable>(
    _ shards: Int, _ body: @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    guard count > 1, shards > 1 else { return try (0..<max(0, shards)).map(body) }
    let ledger = Mutex(Ledger<Result>(shards: shards))
    WorkerPool.shared.run(helpers: min(count, shards) - 1) {
      while let shard = ledger.withLock({ $0.take() }) {
        let outcome = Swift.Result { try body(shard) }
        ledger.withLock { $0.enter(outcome, for: shard) }
      }
    }
    // Shards are taken in order, so every shard before a failed one has been run.
    return try ledger.withLock { ledger in try ledger.outcomes.compactMap { try $0?.get() } }
  }

  /// The ranges that divide 0..<`count` evenly, none of more than `largest`: a multiple of the number of workers where
  /// there are that many, so that none is idle while another has a whole range left to do.
  public func balancedRanges(count: Int, largest: Int) -> [Range<Int>] {
    guard count > 0 else { return [] }
    let fewest = (count - 1) / max(1, largest) + 1
    let rounds = (fewest - 1) / self.count + 1
    let number = min(count, rounds * self.count)
    let (each, rest) = count.quotientAndRemainder(dividingBy: number)
    return (0..<number).map { index in
      let start = index * each + min(index, rest)
      return start..<start + each + (index < rest ? 1 : 0)
    }
  }

  /// Runs `body` for ranges of `size` out of 0..<`count`, the last of them possibly shorter, on the workers as `map`
  /// does.
  public func forEachStretch(of count: Int, size: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let ranges = shardRanges(count: count, size: size)
    // Nothing in it throws.
    _ = try? map(ranges.count) { body(ranges[$0]) }
  }
}

/// Which shards have been started, and their results.
private struct Ledger<Value: Sendable>: Sendable {
  private(set) var outcomes: [Result<Value, any Error>?]
  private var next = 0
  private var failed = false

  init(shards: Int) {
    outcomes = Array(repeating: nil, count: shards)
  }

  mutating func take() -> Int? {
    guard !failed, next < outcomes.count else { return nil }
    defer { next += 1 }
    return next
  }

  mutating func enter(_ outcome: Result<Value, any Error>, for shard: Int) {
    outcomes[shard] = outcome
    if case .failure = outcome { failed = true }
  }
}

extension Workers {
  /// What `body` makes of the ranges that divide 0..<`count`, one row per index, shared out among the processes and
  /// their threads.
  ///
  /// - Parameters:
  ///   - count: The number of rows.
  ///   - largest: The largest range.
  ///   - shape: The shape of one row.
  ///   - body: Makes the rows of a range.
  /// - Returns: All rows, on every rank.
  /// - Throws: What `body` throws, and where the connection to another rank is lost.
  public func rows(
    count: Int, largest: Int, shape: Shape, _ body: @Sendable (Range<Int>) throws -> Tensor<Float>
  ) throws -> Tensor<Float> {
    let share = ranks.share(of: count)
    let ranges = balancedRanges(count: share.count, largest: largest)
    let parts = try map(ranges.count) { part in
      try body(share.lowerBound + ranges[part].lowerBound..<share.lowerBound + ranges[part].upperBound)
    }
    return try ranks.joined(parts.isEmpty ? Tensor(shape: shape.batched(0)) : .concatenating(parts))
  }
}

/// The ranges that divide 0..<`count` into parts of `size`, the last of them possibly shorter.
public func shardRanges(count: Int, size: Int) -> [Range<Int>] {
  // A size beyond the count would only add up to more than an integer holds.
  let size = max(1, min(size, count))
  return stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
}
