internal import Exchange
internal import Networks
internal import Synchronization

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The file of `--resume`: the finished parts of a run, so that one that was stopped can go on.
///
/// It is JSON, and always written as a whole. Of several processes the first reads and writes it, and tells the others
/// what it holds.
final class ResumeFile<Identity: Codable & Equatable & Sendable, Finished: Codable & Sendable>: Sendable {
  /// What such a file is called.
  struct Kind: Sendable {
    /// What stands in the file.
    let format: String
    /// What messages expect: `finished attacks of this evaluation`.
    let expected: String
    /// What messages call the file of another run.
    let other: String
    /// What messages call results that do not fit the run.
    let impossible: String
  }

  private struct Content: Codable {
    let format: String
    let version: Int
    let evaluation: Identity
    var finished: Finished
  }

  private struct State {
    var content: Content
    var written: ContinuousClock.Instant
    var isCurrent: Bool
  }

  private let path: String
  private let state: Mutex<State>

  /// Reads the file, or begins one.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - kind: What it is called.
  ///   - identity: What makes one run another than the next.
  ///   - none: The results of a run that has not begun.
  ///   - isPossible: Whether results fit the run: they may have been edited.
  /// - Throws: `ExchangeError` where there is a file that is not of this run, or none can be written.
  init(_ path: String, _ kind: Kind, of identity: Identity, none: Finished, isPossible: (Finished) -> Bool) throws {
    self.path = path
    var content = Content(format: kind.format, version: 1, evaluation: identity, finished: none)
    if let earlier = try Self.read(path, kind) {
      guard earlier.evaluation == identity else { throw Self.failure(path, kind, kind.other) }
      content = earlier
    }
    guard isPossible(content.finished) else { throw Self.failure(path, kind, kind.impossible) }
    try Self.write(content, to: path)
    state = Mutex(State(content: content, written: .now, isCurrent: true))
  }

  /// What is finished.
  var finished: Finished { state.withLock(\.content.finished) }

  /// Enters what was finished.
  ///
  /// - Parameters:
  ///   - interval: How long the file may lie behind; `save` then has to be called at the end.
  ///   - body: The change.
  /// - Throws: `ExchangeError` where the file cannot be written.
  func change(writingEvery interval: Duration = .zero, _ body: (inout Finished) -> Void) throws {
    try state.withLock { state in
      body(&state.content.finished)
      state.isCurrent = false
      if ContinuousClock.now - state.written >= interval { try save(&state) }
    }
  }

  /// Writes what is not written yet.
  func save() throws { try state.withLock { try save(&$0) } }

  private func save(_ state: inout State) throws {
    guard !state.isCurrent else { return }
    try Self.write(state.content, to: path)
    (state.written, state.isCurrent) = (.now, true)
  }

  private static func write(_ content: Content, to path: String) throws {
    guard Launch.ranks.isFirst else { return }
    let encoder = JSONEncoder.keepingNonFiniteNumbers()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try PlainFile.replace(path, with: [UInt8](encoder.encode(content)) + [UInt8(ascii: "\n")])
  }

  /// - Returns: nil where there is no file.
  private static func read(_ path: String, _ kind: Kind) throws -> Content? {
    let ranks = Launch.ranks
    guard let data = try ranks.gather(coded: ranks.isFirst ? [bytes(of: path)] : [])[0] else { return nil }
    let decoder = JSONDecoder.keepingNonFiniteNumbers()
    guard let content = try? decoder.decode(Content.self, from: data), content.format == kind.format,
      content.version == 1
    else { throw failure(path, kind, "something else") }
    return content
  }

  /// - Returns: nil where there is no file.
  private static func bytes(of path: String) throws -> Data? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ExchangeError(kind: .missing, file: path, message: "cannot be read")
    }
    return data
  }

  private static func failure(_ path: String, _ kind: Kind, _ found: String) -> ExchangeError {
    ExchangeError(
      file: path, object: "the file", expected: "\(kind.expected), as --resume keeps them",
      found: "\(found); name another file, or remove this one")
  }
}
