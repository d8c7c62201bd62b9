internal import Exchange
internal import Glibc

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Reads files, in a process of its own where nobody vouches for them.
struct Reader {
  /// The program that reads; nil to read in this process.
  let program: String?

  func model(_ request: ModelRequest) throws -> (model: ModelFile, notes: [String]) {
    guard let process = try start(.model(request)) else { return try request.readExpected() }
    let message: FlatMessage<ModelFile.FlatHead> = try receive(from: process)
    return (try ModelFile(flat: message), message.head.notes)
  }

  func dataset(_ path: String, _ selection: DatasetSelection) throws -> Dataset {
    guard let process = try start(.dataset(path: path, selection)) else {
      return try Dataset.readExpected(path, selection)
    }
    return try Dataset(flat: try receive(from: process), file: path)
  }

  func adversarialSet(_ path: String) throws -> AdversarialSet {
    guard let process = try start(.adversarialSet(path: path)) else { return try AdversarialSet.readExpected(path) }
    return try AdversarialSet(flat: try receive(from: process))
  }

  func checkpoint(_ path: String) throws -> CheckpointFile {
    guard let process = try start(.checkpoint(path: path)) else { return try CheckpointFile.readExpected(path) }
    return try CheckpointFile(flat: try receive(from: process))
  }

  /// What `inspect` prints of a file.
  func summary(_ path: String, json: Bool) throws -> String {
    guard let process = try start(.summary(path: path, json: json)) else {
      return try FileInspection(path).text(json: json)
    }
    return try process.text()
  }

  /// The architecture that weights alone may have, as the lab's JSON.
  func proposal(_ path: String) throws -> String {
    guard let process = try start(.proposal(path: path)) else { return try ProposedChain.architecture(for: path) }
    return try process.text()
  }

  private func receive<Head>(from process: ReaderProcess) throws -> FlatMessage<Head> {
    let message = try FlatMessage<Head>(from: process.fill)
    try process.finish()
    return message
  }

  /// Nil where this process is to read.
  private func start(_ request: ReadRequest) throws -> ReaderProcess? {
    guard let program else { return nil }
    let words = ["read-untrusted", String(decoding: try JSONEncoder().encode(request), as: UTF8.self)]
    let bytes = request.paths.reduce(0) { $0 + Self.byteCount($1) }
    return try ReaderProcess(program, words, file: request.path, limits: ReaderLimits(fileBytes: bytes))
  }

  /// The size of a file, or of what lies in a directory.
  private static func byteCount(_ path: String) -> Int {
    let names = try? FileManager.default.contentsOfDirectory(atPath: path)
    return (names.map { $0.map { path + "/" + $0 } } ?? [path]).reduce(0) { sum, file in
      var status = stat()
      return stat(file, &status) == 0 ? sum + Int(status.st_size) : sum
    }
  }
}
