#if MPI
  internal import CMPI
  public import Networks

  /// The processes that an MPI launcher has started.
  ///
  /// Sendable because one thread uses it at a time, the one that made it: MPI is asked for no more.
  public final class MPIRanks: Ranks, @unchecked Sendable {
    private let communicator: Communicator
    /// For the end of the run, which one rank may come to while others are in the midst of a call.
    private let ending: Communicator

    /// The number of this process, from 0.
    public let own: Int
    /// How many processes there are.
    public let count: Int

    /// A message may have no more bytes, because MPI counts them in 32 bits.
    private static let largestMessage = 1 << 30

    /// Joins the others, which make this call, too. It is made once, by the program's first thread.
    ///
    /// - Throws: `MPIError` where MPI cannot be started.
    public init() throws {
      let needed = Int32(MPI_THREAD_FUNNELED)
      var level: Int32 = 0
      try check(MPI_Init_thread(nil, nil, needed, &level), "MPI_Init_thread")
      guard level >= needed else {
        throw MPIError(call: "MPI_Init_thread", message: "this MPI knows of no threads")
      }
      communicator = try .make()
      ending = try .make()
      (own, count) = (try communicator.rank(), try communicator.count())
    }

    /// What every rank gives. Many bytes go in rounds.
    public func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
      let sizes = try communicator.gather(Int64(bytes.count)).map { Int($0) }
      return try rounds(of: sizes.max() ?? 0, joining: sizes) { range in
        try communicator.gather(bytes[range.clamped(to: bytes.indices)], sizes.map { range.clamped(to: 0..<$0).count })
      }
    }

    /// What every rank gives to this one. Many bytes go in rounds.
    public func exchange(_ parts: [[UInt8]]) throws -> [[UInt8]] {
      let sizes = try communicator.exchange(parts.map { Int64($0.count) }).map { Int($0) }
      // All ranks make as many rounds.
      let largest = try communicator.gather(Int64(max(sizes.max() ?? 0, parts.map(\.count).max() ?? 0))).max() ?? 0
      return try rounds(of: Int(largest), joining: sizes) { range in
        try communicator.exchange(
          parts.map { $0[range.clamped(to: $0.indices)] }, sizes.map { range.clamped(to: 0..<$0).count })
      }
    }

    /// Cuts 0..<`largest` into ranges for one message each, and puts together what comes for them.
    private func rounds(
      of largest: Int, joining sizes: [Int], _ body: (Range<Int>) throws -> [[UInt8]]
    ) throws -> [[UInt8]] {
      let ranges = shardRanges(count: largest, size: Self.largestMessage / count)
      guard ranges.count > 1 else { return try ranges.first.map(body) ?? sizes.map { _ in [] } }
      var results = sizes.map { size in
        var result: [UInt8] = []
        result.reserveCapacity(size)
        return result
      }
      for range in ranges { for (rank, part) in try body(range).enumerated() { results[rank] += part } }
      return results
    }
  }

  extension MPIRanks {
    /// Ends the run, with the exit codes of all ranks.
    ///
    /// A rank that has failed does not wait long for the others: they may be waiting for it.
    ///
    /// - Parameters:
    ///   - code: The exit code of this rank.
    ///   - patience: How many seconds a rank that has failed waits.
    /// - Returns: The exit codes in the order of the ranks; nil where the others have not come to their end. They are to
    ///   be stopped by `abort` then.
    public func end(code: Int32, patience: Double) -> [Int32]? {
      guard let codes = ending.gather(code, within: code == 0 ? .infinity : patience) else { return nil }
      MPI_Finalize()
      return codes
    }

    /// Ends all processes, this one too.
    public func abort(code: Int32) {
      MPI_Abort(advlab_mpi_world(), code)
    }
  }
#endif
