internal import Exchange
internal import Glibc
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

  func model(_ request: ModelRequest) throws -> (model: ModelFile, notes: [Note]) {
    guard let process = try start(.model(request)) else { return try request.read() }
    let message: FlatMessage<ModelFile.FlatHead> = try receive(from: process)
    return (try ModelFile(flat: message), message.head.notes)
  }

  /// A network without weights, in the lab's JSON or Keras', with the order in which images become the vectors it takes.
  func architecture(_ path: String) throws -> (network: Network, vectorOrder: AxisOrder) {
    let head: ArchitectureHead
    if let process = try start(.architecture(path: path)) {
      let message: FlatMessage<ArchitectureHead> = try receive(from: process)
      head = message.head
    } else {
      head = try ArchitectureHead(path)
    }
    return (head.network, head.vectorOrder)
  }

  /// A dataset, whose digest is computed in the background.
  func dataset(_ path: String, _ selection: DatasetSelection) throws -> Dataset {
    let dataset: Dataset
    if let process = try start(.dataset(path: path, selection)) {
      dataset = try Dataset(flat: try receive(from: process), file: path)
    } else {
      dataset = try Dataset.readExpected(path, selection)
    }
    dataset.digest?.start()
    return dataset
  }

  func adversarialSet(_ path: String) throws -> AdversarialSet {
    guard let process = try start(.adversarialSet(path: path)) else { return try AdversarialSet.readExpected(path) }
    return try AdversarialSet(flat: try receive(from: process))
  }

  func checkpoint(_ path: String) throws -> CheckpointFile {
    guard let process = try start(.checkpoint(path: path)) else { return try CheckpointFile.readExpected(path) }
    return try CheckpointFile(flat: try receive(from: process))
  }

  /// The name of the format of a file of the lab; nil for other files.
  func mark(_ path: String) throws -> String? {
    guard let process = try start(.mark(path: path)) else { return FileFormat(ofFile: path)?.rawValue }
    return try process.text().split(whereSeparator: \.isNewline).first.map(String.init)
  }

  /// What `inspect` prints of a file.
  func summary(_ path: String, json: Bool) throws -> String {
    let width = Terminal.standardOutput.tableWidth
    guard let process = try start(.summary(path: path, json: json, width: width)) else {
      return try FileInspection(path).text(json: json, width: width)
    }
    return try process.text()
  }

  /// The architecture that weights alone may have, as the lab's JSON.
  func proposal(_ path: String) throws -> String {
    guard let process = try start(.proposal(path: path)) else { return try ProposedChain.architecture(for: path) }
    return try process.text()
  }

  private func receive<Head>(from process: ReaderProcess) throws -> FlatMessage<Head> {
    let message = try FlatMessage<Head>(limit: process.limits.memory, from: process.fill)
    try process.finish()
    return message
  }

  /// Starts the process that reads; nil where this process reads itself.
  private func start(_ request: ReadRequest) throws -> ReaderProcess? {
    switch place {
    case .here: return nil
    case .nowhere:
      throw ProcessFailure(
        "\(request.path): cannot find the program that is to read it in a process of its own; --no-isolate reads it in "
          + "this one")
    case .process(let program):
      let limits = ReaderLimits(reading: request.paths).loweredToOwn
      let words = [
        "read-untrusted", String(decoding: try JSONEncoder().encode(request), as: UTF8.self), "--memory",
        String(limits.memory), "--seconds", String(limits.processorTime), "--parent", String(getpid()),
      ]
      return try ReaderProcess(program, words, file: request.path, limits: limits)
    }
  }
}
