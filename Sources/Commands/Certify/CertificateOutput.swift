internal import Arguments
internal import Exchange
internal import Networks

/// The file of the certificates within one radius.
struct CertificateOutput {
  private let run: CertifyRun
  private let file: RangeOutput<CertificateSet>

  /// Begins a file.
  ///
  /// - Throws: `ExchangeError` where it cannot be written.
  init(_ output: OutputFile, of run: CertifyRun) throws {
    self.run = run
    file = try RangeOutput(output, expecting: run.examples.count)
  }

  /// Adds what is known of a range.
  func append(_ range: RadiusResult) { file.append(try set(of: range)) }

  /// Puts the file in place, unless nothing was finished.
  ///
  /// - Returns: Whether there is a file.
  /// - Throws: `ExchangeError` where it, or a range before, could not be written.
  func finish(seed: UInt64) throws -> Bool {
    try file.finish { whole in
      whole.provenance = Provenance(
        command: commandArguments, seed: seed, modelSHA256: run.subject.model.file.sha256,
        dataSHA256: run.examples.read.data.sha256)
    }
  }

  private func set(of range: RadiusResult) throws -> CertificateSet {
    let threat = range.threat
    return CertificateSet(
      examples: range.examples.map { example in
        CertificateSet.Example(
          id: example.id, label: example.label, verdict: example.verdict.rawValue,
          marginBound: example.marginBound ?? .nan, seconds: example.seconds, counterexample: example.counterexample)
      }, verdictNames: ExampleCertificate.Verdict.allCases.map(\.rawValue),
      imageShape: run.examples.read.data.imageShape,
      threat: AdversarialSet.Threat(
        norm: threat.norm.rawValue, epsilon: Double(threat.radius), bounds: threat.bounds),
      method: try StandardOutput.json(MethodSummary(run.method, run.arithmetic)), provenance: Provenance(),
      requested: run.examples.count)
  }
}
