internal import Attacks
internal import Defences
internal import Exchange
internal import Hyperparameters
internal import Networks

/// The attacks that an evaluation has finished, kept in a file so that a run that was stopped can go on.
///
/// The file is JSON, written as a whole after every attack. It holds what the evaluator found for every example, and no
/// images.
struct EvaluationJournal {
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

  private static let kind = ResumeFile<Identity, [[Entry]]>.Kind(
    format: "advlab evaluation", expected: "finished attacks of this evaluation", other: "another evaluation",
    impossible: "results that no evaluation writes")
  private let requested: [[any Attack]]
  private let file: ResumeFile<Identity, [[Entry]]>

  /// Reads the file, or begins one.
  ///
  /// - Throws: `ExchangeError` where there is a file that is not of this evaluation, or none can be written.
  init(_ path: String, of run: EvaluationRun, _ execution: RunOptions, queryBudget: Int?) throws {
    requested = run.evaluation.attacks
    let inputs = run.inputs
    let identity = Identity(
      attacks: requested.map { $0.map { "\($0.fullText)" } }, policy: run.suite.policy, threats: run.evaluation.threats,
      targets: inputs.targets?.argumentText, defence: inputs.defended.map { "\($0.preprocessor)" },
      draws: inputs.defended.map { [$0.samples, $0.draws] }, precision: inputs.precision, queryBudget: queryBudget,
      seed: execution.seed, ids: inputs.data.ids, modelSHA256: inputs.model.file.sha256, dataSHA256: inputs.data.sha256)
    let attacks = requested
    file = try ResumeFile(path, Self.kind, of: identity, none: requested.map { _ in [] }) { finished in
      Self.isPossible(finished, identity, attacks)
    }
  }

  /// The attacks that are finished, within each threat model.
  var finished: [[AttackResult]] {
    zip(file.finished, requested).map { entries, attacks in
      zip(entries, attacks).map { entry, attack in
        AttackResult(attack: attack, judgement: entry.judgement, rows: entry.rows, accuracies: entry.accuracies)
      }
    }
  }

  /// Their number.
  var finishedCount: Int { file.finished.reduce(0) { $0 + $1.count } }

  /// Enters an attack that was finished, unless it is one that was read.
  func add(_ result: AttackResult, at threat: Int, number: Int) throws {
    guard file.finished[threat].count == number else { return }
    try file.change {
      $0[threat].append(
        Entry(
          attack: "\(result.attack.fullText)", judgement: result.judgement, rows: result.rows,
          accuracies: result.accuracies))
    }
  }

  /// Whether the results fit the evaluation: they may have been edited.
  private static func isPossible(_ finished: [[Entry]], _ evaluation: Identity, _ requested: [[any Attack]]) -> Bool {
    let count = evaluation.ids.count
    guard finished.count == requested.count else { return false }
    return zip(finished, evaluation.attacks).allSatisfy { entries, attacks in
      entries.count <= attacks.count
        && zip(entries, attacks).allSatisfy { entry, attack in
          let parts = [entry.judgement.oblivious, entry.judgement.adaptive].compactMap { $0 }
          return entry.attack == attack && entry.accuracies.isPossible(count)
            && entry.rows.allSatisfy((0..<count).contains) && parts.allSatisfy { $0.isPossible(entry.rows.count) }
            && entry.judgement.evaluations.allSatisfy { $0.examples.count == entry.rows.count }
        }
    }
  }
}

extension ExampleAccuracies {
  /// Whether they are shares of so many examples.
  fileprivate func isPossible(_ count: Int) -> Bool {
    shares.count == count && shares.allSatisfy((0...1).contains) && invalid.allSatisfy((0..<count).contains)
  }
}
