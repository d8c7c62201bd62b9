internal import Exchange
internal import Isolation
internal import Networks
internal import Synchronization

/// The examples of a dataset, read when they are needed: any number of them takes the memory of one range.
///
/// Of a dataset that is read in a process of its own, that process reads the next range while this one works on the range
/// before.
final class StoredExamples: Sendable {
  /// The number of examples.
  let count: Int
  /// What a network for them is asked to be for.
  let form: DataForm
  /// The ranges in which they are read. Their size depends on the images alone, as the layout of what is written does.
  let ranges: [Range<Int>]

  private let state: Mutex<State>

  /// Starts another process that reads the same, where one does.
  private let renewal: @Sendable () throws -> sending ReaderProcess?

  private struct State {
    var source: Source
    /// How many examples the process was asked for.
    var readCount = 0
    /// Where the range began that was read last; nil before any was read.
    var last: Int?
    /// The digest of the files, which comes with the examples that are read first.
    var digest: FileDigest?
    /// The range that was read first, to find out what the examples are, until another range is asked for or this one again.
    var first: (range: Range<Int>, examples: Dataset)?
  }

  private enum Source {
    case here(OpenDataset)
    case process(ReaderProcess, DatasetRequest)
  }

  /// As many examples as take some 4 MB: a range is held a few times over while it is worked on, and the next one is read
  /// meanwhile. Of small images a multiple of 512, which divides evenly into batches and among threads; of large images no
  /// fewer than 64, so that all threads have work.
  private static func rangeSize(exampleBytes: Int) -> Int {
    let fitting = (4 << 20) / exampleBytes
    return fitting > 256 ? (fitting + 511) / 512 * 512 : max(64, fitting)
  }

  /// Opens a dataset in this process.
  ///
  /// - Throws: `ExchangeError`.
  convenience init(opening request: DatasetRequest) throws {
    let dataset = try request.open()
    try self.init(.here(dataset), count: dataset.count, form: dataset.form) { nil }
  }

  /// The dataset that a process was started to read.
  ///
  /// - Parameters:
  ///   - process: The process.
  ///   - request: What it was asked for.
  ///   - renewal: Starts another one. The processor time of each is limited to what reading the file once takes.
  /// - Throws: `ReaderFailure` where the process cannot open it.
  convenience init(
    from process: sending ReaderProcess, reading request: DatasetRequest,
    renewal: @escaping @Sendable () throws -> sending ReaderProcess?
  ) throws {
    let (count, form) = try Self.opening(of: process)
    try self.init(.process(process, request), count: count, form: form, renewal: renewal)
  }

  /// What a process says before it is asked for examples.
  private static func opening(of process: ReaderProcess) throws -> (count: Int, form: DataForm) {
    let opening = try FlatMessage<DataForm>(limit: process.limits.memory, from: process.fill)
    guard let count = opening.columns.first?.first, count > 0 else { throw FlatMessageError("no number of examples") }
    return (count, opening.head)
  }

  private init(
    _ source: sending Source, count: Int, form: DataForm,
    renewal: @escaping @Sendable () throws -> sending ReaderProcess?
  ) throws {
    self.renewal = renewal
    guard let size = form.imageShape.checkedCount, size > 0, size < 1 << 40 else {
      throw FlatMessageError("examples without a shape")
    }
    (self.count, self.form) = (count, form)
    state = Mutex(State(source: source))
    ranges = shardRanges(count: count, size: Self.rangeSize(exampleBytes: size * MemoryLayout<Float>.stride))
  }

  /// Reads all examples at once.
  ///
  /// - Throws: As `examples` does.
  func all() throws -> Dataset { try examples(0..<count) }

  /// Reads a range of the examples, as a model takes them.
  ///
  /// - Throws: As `examples` does; `ModelError` where the model does not take them.
  func examples(_ range: Range<Int>, for model: LoadedModel) throws -> Dataset {
    let examples = try model.input.fitting(examples(range))
    try model.check(examples)
    return examples
  }

  /// Reads a range of the examples.
  ///
  /// - Parameters:
  ///   - range: Some of `0..<count`.
  ///   - next: The range that will be read next. Where nothing is said it is taken for the one after this, or one as far
  ///     ahead as this is from the one before.
  /// - Returns: The examples.
  /// - Throws: `ExchangeError`, `ReaderFailure` or `FlatMessageError` where they cannot be read.
  func examples(_ range: Range<Int>, then next: Range<Int>? = nil) throws -> Dataset {
    try state.withLock { state in
      let first = state.first
      // Two ranges would take the memory of two.
      state.first = nil
      if let first, first.range == range { return first.examples }
      let start = min(range.lowerBound + max(range.count, state.last.map { range.lowerBound - $0 } ?? 0), count)
      if state.readCount >= count { try renew(&state) }
      state.readCount += range.count
      var examples = try read(
        range, then: next ?? start..<min(start + range.count, count), from: state.source)
      if state.last != nil {
        examples.properties.digest = state.digest
      } else {
        // The digest of the files is computed in the background.
        examples.digest?.start()
        (state.first, state.digest) = ((range, examples), examples.digest)
      }
      state.last = range.lowerBound
      return examples
    }
  }

  /// Lets another process read from now on.
  private func renew(_ state: inout State) throws {
    state.readCount = 0
    guard case .process(_, let request) = state.source, let process = try renewal() else { return }
    guard try Self.opening(of: process) == (count, form) else {
      throw MismatchedFile(description: "\(request.path): was changed while it was read")
    }
    state.source = .process(process, request)
  }

  private func read(_ range: Range<Int>, then next: Range<Int>, from source: Source) throws -> Dataset {
    switch source {
    case .here(let dataset): return try dataset.examples(range)
    case .process(let process, let request):
      try [range.lowerBound, range.upperBound, next.lowerBound, next.upperBound].withUnsafeBytes(process.ask)
      let examples = try Dataset(
        flat: FlatMessage(limit: process.limits.memory, from: process.fill), file: request.path)
      guard examples.count == range.count, examples.form == form else {
        throw FlatMessageError("\(examples.count) \(examples.imageShape.examples)")
      }
      return examples
    }
  }
}
