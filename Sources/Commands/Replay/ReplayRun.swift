internal import Attacks
internal import Defences
internal import Exchange
internal import Isolation
internal import Networks
internal import Reports

/// Repeats the run that a file records.
struct ReplayRun {
  /// What the file holds.
  enum Record {
    case examples(AdversarialSet)
    case report(RecordedReport)
  }

  let file: String
  let record: Record
  /// The command line of the run.
  let arguments: [String]
  private let command: any AttackingCommand

  /// Understands what a file records.
  ///
  /// - Throws: `ExchangeError` where it records no run of `attack` or `evaluate`.
  init(_ file: String, _ reader: Reader) throws {
    self.file = file
    if file.lowercased().hasSuffix(".json") {
      let report = try RecordedReport(file)
      (record, arguments) = (.report(report), report.run.arguments)
    } else {
      let set = try reader.read(AdversarialSetRequest(path: file))
      (record, arguments) = (.examples(set), set.provenance.command)
    }
    guard let command = attackingCommand(of: arguments) else {
      throw ExchangeError(
        file: file, object: "the record of the run", expected: "a command line of attack or evaluate",
        found: arguments.isEmpty ? "none" : arguments.joined(separator: " "))
    }
    self.command = command
  }

  /// The version of the program that made the file; nil where it is not recorded.
  var version: String? {
    switch record {
    case .examples(let set): set.provenance.version
    case .report(let report): report.run.version
    }
  }

  private var digests: (model: String?, data: String?) {
    switch record {
    case .examples(let set): (set.provenance.modelSHA256, set.provenance.dataSHA256)
    case .report(let report): (report.model.sha256, report.data.sha256)
    }
  }

  /// Runs it again.
  ///
  /// - Returns: How many examples were attacked, and a sentence for every difference. Where model or data have changed,
  ///   that alone is reported.
  /// - Throws: `Interruption` where it was; what the command throws.
  func callAsFunction(_ execution: ExecutionOptions) throws -> (count: Int, findings: [String]) {
    let keepsCandidates = if case .examples = record { true } else { false }
    let run = try command.makeRun(keepsCandidates: keepsCandidates)
    let sources = changedSources(run.subject)
    guard sources.isEmpty else { return (0, sources) }
    InterruptSignal.listen()
    let progress = execution.progress("replay", total: run.attackedCount, unit: "examples")
    defer { progress.finish() }
    var evaluator = command.evaluator(progress)
    evaluator.workers = execution.workers
    let results = try run.results(by: evaluator)
    guard !InterruptSignal.isRaised else { throw Interruption(description: "interrupted; nothing was compared") }
    return (results.count, compare(results))
  }

  private func changedSources(_ subject: AttackSubject) -> [String] {
    [("model", digests.model, subject.model.file.sha256), ("data", digests.data, subject.properties.sha256)].compactMap
    {
      name, recorded, now in
      guard let recorded, recorded != now else { return nil }
      return "the \(name) of SHA-256 \(recorded) is another now: \(now ?? "unknown")"
    }
  }

  private func compare(_ results: RepeatedRun) -> [String] {
    switch record {
    case .report(let report):
      let now = results.fingerprint
      if let requested = report.requested, requested > report.count {
        return ["the run was interrupted after \(report.count) of \(requested) examples; such a report is not compared"]
      }
      return now == report.run.fingerprint ? [] : ["the fingerprint was \(report.run.fingerprint), and is \(now) now"]
    case .examples(let set):
      guard let found = results.found else { return ["no adversarial example came out"] }
      return compare(set, found)
    }
  }

  /// A file of a run that was interrupted holds some of the examples.
  private func compare(_ set: AdversarialSet, _ found: EvaluatedCandidates) -> [String] {
    let rows = Dictionary(found.evaluation.examples.enumerated().map { ($1.id, $0) }) { first, _ in first }
    return set.examples.enumerated().compactMap { index, example in
      guard let row = rows[example.id] else { return "example \(example.id): it is not among those attacked" }
      let outcome = found.evaluation.examples[row]
      guard outcome.status.name == example.status else {
        return "example \(example.id): \(example.status) in the file, \(outcome.status.name) now"
      }
      let (before, now) = (set.adversarial.examples(index..<index + 1), found.images.examples(row..<row + 1))
      return before.scalars.map(\.bitPattern) == now.scalars.map(\.bitPattern)
        ? nil : "example \(example.id): other bits, \(example.status) as before"
    }
  }
}
