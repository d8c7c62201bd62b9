import HDF5

/// Results that can be written a range of examples at a time.
package protocol StreamedResult {
  /// The number of examples.
  var exampleCount: Int { get }
  /// Adds the examples to a file.
  func append(to writer: inout some ResultWriter, file: String) throws
  /// Records what is true of the whole file, after its examples.
  func record(to writer: inout some ResultWriter, file: String) throws
}

/// A result file that is being written: HDF5 as examples come, or where the name ends in `.npz`, a NumPy archive, which is
/// in memory until it is complete. A file that is replaced stays as it is until then.
package final class ResultStream<Part: StreamedResult> {
  private let path: String
  private var writer: any ResultWriter
  private var file: AtomicFile?

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - path: Where it will be.
  ///   - count: How many examples are expected; fewer may come.
  /// - Throws: `ExchangeError` where it cannot be written.
  package init(_ path: String, expecting count: Int) throws(ExchangeError) {
    self.path = path
    guard !NumPyArchive.isMeant(by: path) else {
      writer = NumPyArchive()
      return
    }
    do throws(HDF5Error) {
      let file = try AtomicFile(replacing: path)
      writer = HDF5ResultWriter(root: file.root, expecting: count)
      self.file = consume file
    } catch {
      throw ExchangeError(error)
    }
  }

  /// Adds examples.
  ///
  /// - Throws: `ExchangeError` where they do not fit together, or cannot be written.
  package func append(_ part: Part) throws(ExchangeError) {
    try exchanging(path) { try part.append(to: &writer, file: path) }
  }

  /// Records what is true of all, and puts the file in place.
  ///
  /// - Parameter whole: Any part, with the records of the whole file.
  /// - Throws: `ExchangeError` where arrays differ in their number of examples, or cannot be written.
  package func finish(_ whole: Part) throws(ExchangeError) {
    try exchanging(path) {
      try whole.record(to: &writer, file: path)
      if let archive = writer as? NumPyArchive { return try archive.write(to: path) }
      // Its arrays are closed before the file is.
      writer = NumPyArchive()
      try file.take()?.commit()
    }
  }
}

extension StreamedResult {
  /// Writes all at once.
  func writeWhole(to path: String) throws(ExchangeError) {
    let stream = try ResultStream<Self>(path, expecting: exampleCount)
    try stream.append(self)
    try stream.finish(self)
  }
}
