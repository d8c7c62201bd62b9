internal import Arguments
internal import Exchange
internal import Networks

/// The file of the certificates within one radius, which is written range by range.
///
/// A range that cannot be written does not end the run: what it finds is worth showing all the same.
final class CertificateOutput {
  private let run: CertifyRun
  /// Nil in all but the first of several processes.
  private let stream: ResultStream<CertificateSet>?
  /// The results within the radius that were written.
  private var last: RadiusResult?
  private var failure: (any Error)?

  /// Begins a file.
  ///
  /// - Throws: `ExchangeError` where it cannot be written.
  init(_ output: OutputFile, of run: CertifyRun) throws {
    self.run = run
    stream = try Launch.ranks.isFirst ? ResultStream(output.path, expecting: run.examples.count) : nil
  }

  /// Adds what is known of a range.
  func append(_ range: RadiusResult) {
    guard failure == nil, let stream else { return }
    do {
      try stream.append(set(of: range, Provenance()))
      last = range.withoutCounterexamples
    } catch {
      failure = error
    }
  }

  /// Puts the file in place, unless nothing was finished.
  ///
  /// - Returns: Whether there is a file.
  /// - Throws: `ExchangeError` where it, or a range before, could not be written.
  func finish(seed: UInt64) throws -> Bool {
    if let failure { throw failure }
    guard let stream, let last else { return false }
    let provenance = Provenance(
      command: commandArguments, seed: seed, modelSHA256: run.subject.model.file.sha256,
      dataSHA256: run.examples.read.data.sha256)
    try stream.finish(set(of: last, provenance))
    return true
  }

  private func set(of range: RadiusResult, _ provenance: Provenance) throws -> CertificateSet {
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
      method: try StandardOutput.json(MethodSummary(run.method, run.arithmetic)), provenance: provenance,
      requested: run.examples.count)
  }
}
