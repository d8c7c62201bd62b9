internal import Attacks
internal import Defences
internal import Exchange
internal import Hyperparameters
internal import Networks

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The attacks that an evaluation has finished, kept in a file so that a run that was stopped can go on.
///
/// The file is JSON, written as a whole after every attack. It holds what the evaluator found for every example, and no
/// images.
final class EvaluationJournal {
  /// What makes one evaluation another than the next.
  private struct Identity: Codable, Equatable {
    let attacks: [[String]]
    let policy: Suite.Policy
    let threats: [ThreatModel]
    let targets: String?
    let defence: String?
    let draws: [Int]?
    let precision: Precision
    let queryBudget: Int?
    let seed: UInt64
    let ids: [Int]
    let modelSHA256: String
    let dataSHA256: String?
  }

  /// One attack.
  private struct Entry: Codable {
    let attack: String
    let judgement: AttackJudgement
    let rows: [Int]
    let accuracies: ExampleAccuracies
  }

  /// The file.
  private struct Content: Codable {
    let format: String
    let version: Int
    let evaluation: Identity
    var finished: [[Entry]]
  }

  private static let format = "advlab evaluation"
  private let path: String
  private let requested: [[any Attack]]
  private var content: Content

  /// Reads the file, or begins one.
  ///
  /// - Throws: `ExchangeError` where there is a file that is not of this evaluation, or none can be written.
  init(_ path: String, of run: EvaluationRun, _ execution: RunOptions, queryBudget: Int?) throws {
    self.path = path
    requested = run.evaluation.attacks
    let inputs = run.inputs
    let identity = Identity(
      attacks: requested.map { $0.map { "\($0.fullText)" } }, policy: run.suite.policy, threats: run.evaluation.threats,
      targets: inputs.targets?.argumentText, defence: inputs.defended.map { "\($0.preprocessor)" },
      draws: inputs.defended.map { [$0.samples, $0.draws] }, precision: inputs.precision, queryBudget: queryBudget,
      seed: execution.seed, ids: inputs.data.ids, modelSHA256: inputs.model.file.sha256, dataSHA256: inputs.data.sha256)
    content = Content(
      format: Self.format, version: 1, evaluation: identity, finished: requested.map { _ in [] })
    if let earlier = try Self.read(path) {
      guard earlier.evaluation == identity else { throw Self.failure(path, "another evaluation") }
      content = earlier
    }
    guard isPossible else { throw Self.failure(path, "results that no evaluation writes") }
    try write()
  }

  /// The attacks that are finished, within each threat model.
  var finished: [[AttackResult]] {
    zip(content.finished, requested).map { entries, attacks in
      zip(entries, attacks).map { entry, attack in
        AttackResult(attack: attack, judgement: entry.judgement, rows: entry.rows, accuracies: entry.accuracies)
      }
    }
  }

  /// Their number.
  var finishedCount: Int { content.finished.reduce(0) { $0 + $1.count } }

  /// Enters an attack that was finished, unless it is one that was read.
  func add(_ result: AttackResult, at threat: Int, number: Int) throws {
    guard content.finished[threat].count == number else { return }
    content.finished[threat].append(
      Entry(
        attack: "\(result.attack.fullText)", judgement: result.judgement, rows: result.rows,
        accuracies: result.accuracies))
    try write()
  }

  private func write() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = Self.nonFinite
    try PlainFile.replace(path, with: [UInt8](encoder.encode(content)) + [UInt8(ascii: "\n")])
  }

  /// - Returns: nil where there is no file.
  private static func read(_ path: String) throws -> Content? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ExchangeError(kind: .missing, file: path, message: "cannot be read")
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let content = try? decoder.decode(Content.self, from: data), content.format == format, content.version == 1
    else { throw failure(path, "something else") }
    return content
  }

  /// Whether the results fit the evaluation: they may have been edited.
  private var isPossible: Bool {
    let count = content.evaluation.ids.count
    guard content.finished.count == requested.count else { return false }
    return zip(content.finished, content.evaluation.attacks).allSatisfy { entries, attacks in
      entries.count <= attacks.count
        && zip(entries, attacks).allSatisfy { entry, attack in
          let parts = [entry.judgement.oblivious, entry.judgement.adaptive].compactMap { $0 }
          return entry.attack == attack && entry.accuracies.isPossible(count)
            && entry.rows.allSatisfy((0..<count).contains) && parts.allSatisfy { $0.isPossible(entry.rows.count) }
            && entry.judgement.evaluations.allSatisfy { $0.examples.count == entry.rows.count }
        }
    }
  }

  private static func failure(_ path: String, _ found: String) -> ExchangeError {
    ExchangeError(
      file: path, object: "the file", expected: "finished attacks of this evaluation, as --resume keeps them",
      found: "\(found); name another file, or remove this one")
  }

  private static let nonFinite = JSONEncoder.NonConformingFloatEncodingStrategy.convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
}

extension ExampleAccuracies {
  /// Whether they are shares of so many examples.
  fileprivate func isPossible(_ count: Int) -> Bool {
    shares.count == count && shares.allSatisfy((0...1).contains) && invalid.allSatisfy((0..<count).contains)
  }
}
