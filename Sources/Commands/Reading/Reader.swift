internal import Exchange
internal import Glibc
internal import Isolation
internal import Networks
internal import Reports

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Reads files; untrusted ones in a process of their own.
struct Reader {
  /// Where files are read.
  enum Place: Hashable {
    /// In this process.
    case here
    /// In a process of this program.
    case process(String)
    /// In a process of its own, but the system does not tell where the program is.
    case nowhere
  }

  let place: Place

  /// The reader of a file that is read where none is named; it is trusted if it is the one that ships with the lab.
  func ofShipped(_ path: String) -> Reader { ShippedFiles.contains(path) ? Reader(place: .here) : self }

  func model(_ request: ModelRequest) throws -> (model: ModelFile, notes: [Note]) { try read(request) }

  /// A dataset, whose digest is computed in the background.
  func dataset(_ path: String, _ selection: DatasetSelection) throws -> Dataset {
    try examples(path, selection).all()
  }

  /// A dataset whose examples are read when they are needed.
  func examples(_ path: String, _ selection: DatasetSelection) throws -> StoredExamples {
    let request = DatasetRequest(path: path, selection: selection)
    guard let process = try start(request) else { return try StoredExamples(opening: request) }
    return try StoredExamples(from: process, reading: request) { try start(request) }
  }

  /// The answer to a request.
  func read<Request: IsolatedRequest>(_ request: Request) throws -> Request.Content {
    guard let process = try start(request) else { return try request.read() }
    let message = try FlatMessage<Request.Head>(limit: process.limits.memory, from: process.fill)
    try process.finish()
    return try request.content(of: message)
  }

  /// Starts the process that reads; nil where this process reads itself.
  private func start<Request: ReaderRequest>(_ request: Request) throws -> sending ReaderProcess? {
    switch place {
    case .here: return nil
    case .nowhere:
      throw ProcessFailure(
        "\(request.path): cannot find the program that is to read it in a process of its own; --no-isolate reads it in "
          + "this one")
    case .process(let program):
      let limits = ReaderLimits(fileBytes: request.byteCount).loweredToOwn
      let words = [
        "read-untrusted", Request.name, String(decoding: try JSONEncoder().encode(request), as: UTF8.self), "--memory",
        String(limits.memory), "--seconds", String(limits.processorTime), "--parent", String(getpid()),
      ]
      return try ReaderProcess(program, words, file: request.path, limits: limits)
    }
  }
}
