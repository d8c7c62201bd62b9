import Foundation
public import Networks

/// Threads of this process in the place of processes: what is shared out between ranks can be tested without a launcher.
public final class ThreadRanks: Ranks {
  /// The number of this rank.
  public let own: Int
  private let board: Board

  private init(own: Int, board: Board) {
    (self.own, self.board) = (own, board)
  }

  /// How many there are.
  public var count: Int { board.count }

  /// Runs `body` on every rank.
  ///
  /// - Returns: What it returns, in the order of the ranks.
  /// - Throws: Of the errors thrown, the one of the first rank.
  public static func run<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (any Ranks) throws -> Result
  ) throws -> [Result] {
    let board = Board(count: count)
    let results = Results<Result>(count: count)
    for own in 0..<count {
      let thread = Thread {
        let result = Swift.Result { try body(ThreadRanks(own: own, board: board)) }
        if case .failure = result { board.breakOff() }
        results.enter(result, for: own)
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    return try results.all().map { try $0.get() }
  }

  /// What every rank gives.
  public func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    try board.meet(own, Array(repeating: bytes, count: count))
  }

  /// What every rank gives to this one.
  public func exchange(_ parts: [[UInt8]]) throws -> [[UInt8]] { try board.meet(own, parts) }
}

/// A rank waits for one that has failed.
public struct LostRank: Error {
  /// Creates the error.
  public init() {}
}

/// Where ranks leave parts for each other. Sendable because everything is read and written under the condition's lock.
private final class Board: @unchecked Sendable {
  let count: Int
  private let condition = NSCondition()
  private var parts: [[[UInt8]]?]
  private var readers = 0
  private var isBroken = false

  init(count: Int) {
    self.count = count
    parts = Array(repeating: nil, count: count)
  }

  func breakOff() {
    condition.withLock {
      isBroken = true
      condition.broadcast()
    }
  }

  /// Leaves parts for all, and takes what all have left for this rank.
  func meet(_ rank: Int, _ own: [[UInt8]]) throws -> [[UInt8]] {
    try condition.withLock {
      // The meeting before is over when all have taken their parts.
      try wait { self.parts[rank] == nil }
      parts[rank] = own
      condition.broadcast()
      try wait { self.parts.allSatisfy { $0 != nil } }
      let taken = parts.compactMap { $0?[rank] }
      readers += 1
      if readers == count {
        (readers, parts) = (0, Array(repeating: nil, count: count))
        condition.broadcast()
      } else {
        try wait { self.readers == 0 }
      }
      return taken
    }
  }

  private func wait(until holds: () -> Bool) throws {
    while !holds() {
      guard !isBroken else { throw LostRank() }
      condition.wait()
    }
  }
}

/// Sendable because everything is read and written under the condition's lock.
private final class Results<Value: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private var results: [Result<Value, any Error>?]

  init(count: Int) {
    results = Array(repeating: nil, count: count)
  }

  func enter(_ result: Result<Value, any Error>, for rank: Int) {
    condition.withLock {
      results[rank] = result
      condition.broadcast()
    }
  }

  func all() -> [Result<Value, any Error>] {
    condition.withLock {
      while results.contains(where: { $0 == nil }) { condition.wait() }
      return results.compactMap(\.self)
    }
  }
}
