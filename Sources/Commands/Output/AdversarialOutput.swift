internal import Attacks
internal import Exchange
internal import Networks

/// The file of the adversarial examples of a run within one radius.
struct AdversarialOutput {
  private let subject: AttackSubject
  private let file: RangeOutput<AdversarialSet>

  /// Begins a file.
  ///
  /// - Throws: `ExchangeError` where it cannot be written.
  init(_ output: OutputFile, of subject: AttackSubject) throws {
    self.subject = subject
    file = try RangeOutput(output, expecting: subject.examples.count)
  }

  /// Adds what one attack found in a range.
  func append(_ range: EvaluatedRange, by run: AttackRun) {
    guard let images = range.images, let found = range.found else { return }
    append(found, images: images, by: [run.attack], record: run.summary)
  }

  /// Adds what the attacks of a suite found together in a range.
  func append(_ range: EvaluatedSuiteRange) {
    guard let found = range.union.found else { return }
    append(
      found, images: range.set.images, by: range.union.attacks, record: range.union.attacks.map(AttackSummary.init))
  }

  private func append(
    _ found: EvaluatedCandidates, images: Tensor<Float>, by attacks: [any Attack], record: some Encodable
  ) {
    guard !found.evaluation.examples.isEmpty else { return }
    file.append(
      AdversarialSet(
        found, images: images, attack: try StandardOutput.json(record), budget: Budget(of: attacks),
        precision: subject.precision, provenance: Provenance(), classNames: subject.properties.classNames))
  }

  /// Puts the file in place, unless no example was finished.
  ///
  /// - Parameters:
  ///   - examples: What was read.
  ///   - requested: How many examples were to be attacked.
  ///   - seed: That of the run.
  /// - Returns: Whether there is a file.
  /// - Throws: `ExchangeError` where it, or a range before, could not be written.
  func finish(_ examples: ReadExamples, requested: Int, seed: UInt64) throws -> Bool {
    try file.finish { whole in
      whole.provenance = Provenance(
        command: commandArguments, seed: seed, modelSHA256: subject.model.file.sha256,
        dataSHA256: examples.data.sha256)
      whole.requested = requested
    }
  }
}
