internal import Arguments
internal import Exchange
internal import Networks

/// A result file that a run writes range by range.
///
/// A range that cannot be written does not end the run: what it finds is worth showing all the same.
final class RangeOutput<Part: StreamedResult> {
  /// Nil in all but the first of several processes.
  private let stream: ResultStream<Part>?
  /// The last range that was written.
  private var last: Part?
  private var failure: (any Error)?

  /// Begins a file.
  ///
  /// - Throws: `ExchangeError` where it cannot be written.
  init(_ output: OutputFile, expecting count: Int) throws {
    stream = try Launch.ranks.isFirst ? ResultStream(output.path, expecting: count) : nil
  }

  /// Adds a range, which is put together where it is written alone.
  func append(_ range: @autoclosure () throws -> Part) {
    guard failure == nil, let stream else { return }
    do {
      let part = try range()
      try stream.append(part)
      last = part
    } catch {
      failure = error
    }
  }

  /// Puts the file in place, unless there was no range.
  ///
  /// - Parameter complete: Records what is true of the whole file.
  /// - Returns: Whether there is a file.
  /// - Throws: `ExchangeError` where it, or a range before, could not be written.
  func finish(_ complete: (inout Part) -> Void) throws -> Bool {
    if let failure { throw failure }
    guard let stream, var whole = last else { return false }
    complete(&whole)
    try stream.finish(whole)
    return true
  }
}
