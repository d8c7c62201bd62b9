/// The processes that work on one run together. Each has a number, its rank.
///
/// All of them run the same program with the same settings, and make the calls below in the same order. Work on parts
/// of the data is shared out; what every rank needs of it is exchanged, so that all of them go on with the same bits.
/// The calls are made by one thread at a time, and return when all ranks have made them.
public protocol Ranks: Sendable {
  /// The number of this process, from 0.
  var own: Int { get }
  /// How many processes there are, at least 1.
  var count: Int { get }
  /// What every rank gives, in the order of the ranks.
  ///
  /// - Throws: Where the connection to another rank is lost.
  func gather(_ bytes: [UInt8]) throws -> [[UInt8]]
  /// What every rank gives to this one, in the order of the ranks.
  ///
  /// - Parameter parts: What this one gives to each.
  /// - Returns: What it is given by each.
  /// - Throws: Where the connection to another rank is lost.
  func exchange(_ parts: [[UInt8]]) throws -> [[UInt8]]
}

/// A process that works alone.
public struct OneRank: Ranks, Hashable {
  /// Creates it.
  public init() {}

  /// The first.
  public var own: Int { 0 }

  /// One.
  public var count: Int { 1 }

  /// Its own.
  public func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }

  /// Its own.
  public func exchange(_ parts: [[UInt8]]) -> [[UInt8]] { parts }
}

extension Ranks {
  /// Whether this process is the one that prints and writes.
  public var isFirst: Bool { own == 0 }

  /// Whether this process works alone.
  public var isAlone: Bool { count == 1 }

  /// The share of a rank in 0..<`total`. Shares follow one another and differ by one at most; where there are fewer than
  /// ranks, the last ranks have none.
  public func share(of total: Int, rank: Int) -> Range<Int> {
    let (each, rest) = max(0, total).quotientAndRemainder(dividingBy: count)
    let start = rank * each + min(rank, rest)
    return start..<start + each + (rank < rest ? 1 : 0)
  }

  /// The share of this rank.
  public func share(of total: Int) -> Range<Int> { share(of: total, rank: own) }
}
