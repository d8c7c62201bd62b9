internal import Attacks
internal import Exchange
internal import Networks

/// The file of the adversarial examples of one attack, which is written range by range.
///
/// A range that cannot be written does not end the attack: what it finds is worth showing all the same.
final class AdversarialOutput {
  private let run: AttackRun
  private let record: String
  /// Nil in all but the first of several processes.
  private let stream: ResultStream<AdversarialSet>?
  /// The last range that was written.
  private var last: AdversarialSet?
  private var failure: (any Error)?

  /// Begins a file.
  ///
  /// - Throws: `ExchangeError` where it cannot be written.
  init(_ output: OutputFile, of run: AttackRun) throws {
    self.run = run
    record = try StandardOutput.json(run.summary)
    stream = try Launch.ranks.isFirst ? ResultStream(output.path, expecting: run.subject.examples.count) : nil
  }

  /// Adds what was found in a range.
  func append(_ range: EvaluatedRange) {
    guard failure == nil, let stream, let images = range.images, let candidates = range.candidates,
      !range.evaluation.examples.isEmpty
    else { return }
    let set = AdversarialSet(
      EvaluatedCandidates(evaluation: range.evaluation, images: candidates), images: images, attack: record,
      budget: Budget(of: [run.attack]),
      precision: run.subject.precision, provenance: Provenance(), classNames: run.subject.properties.classNames)
    do {
      try stream.append(set)
      last = set
    } catch {
      failure = error
    }
  }

  /// Puts the file in place, unless no example was finished.
  ///
  /// - Returns: Whether there is a file.
  /// - Throws: `ExchangeError` where it, or a range before, could not be written.
  func finish(_ result: AttackTotals, seed: UInt64) throws -> Bool {
    if let failure { throw failure }
    guard let stream, var whole = last else { return false }
    whole.provenance = Provenance(
      command: commandArguments, seed: seed, modelSHA256: run.subject.model.file.sha256, dataSHA256: result.data.sha256)
    whole.requested = result.summary.requested
    try stream.finish(whole)
    return true
  }
}
