internal import Arguments
internal import Attacks
internal import Exchange
internal import Networks
internal import Reports
internal import Synchronization

/// A certification with what surrounds it: rows are printed as they come, results are kept and written, and a requirement is
/// checked.
struct CertifySession {
  let run: CertifyRun
  let execution: RunOptions
  let batchSize: Int
  let output: OutputFile?
  let resume: String?

  /// Certifies within all radii.
  ///
  /// - Throws: `Interruption` where it was, after what was finished has been printed and written; `RequirementFailure`
  ///   where the certified accuracy within any radius is below `required`.
  func run(requiring required: Double?) throws {
    InterruptSignal.listen()
    let journal = try resume.map { try CertificationJournal($0, of: run, seed: execution.seed) }
    let file = try output.map { try CertificateOutput($0, of: run) }
    let document = CertifyDocument(run, execution)
    try document.begin(resumed: journal?.finishedCount ?? 0)
    var gallery = VerdictGallery(run, execution.report)
    let results = try certify(document, journal, file, &gallery)
    // What was found is worth showing even where it cannot be written.
    let writing = Result { try file?.finish(seed: execution.seed) ?? false }
    let details = Result { try gallery?.blocks(results) ?? [] }
    try document.end(
      results, details: (try? details.get()) ?? [], written: (try? writing.get()) == true ? output : nil)
    _ = try writing.get()
    _ = try details.get()
    try checkCompletion(results)
    guard let required else { return }
    for result in results {
      try RequirementFailure.check(
        certifiedAccuracy: result.certified.fraction, atLeast: required,
        " within eps = \(result.epsilon.argumentText)")
    }
  }

  private func certify(
    _ document: CertifyDocument, _ journal: CertificationJournal<ExampleCertificate>?, _ file: CertificateOutput?,
    _ gallery: inout VerdictGallery?
  ) throws -> [RadiusResult] {
    let progress = execution.progress(
      "certify", total: run.examples.count * run.radii.count, unit: "examples")
    defer { progress.finish() }
    var results: [RadiusResult] = []
    for (index, radius) in run.radii.enumerated() where try !InterruptSignal.isRaisedAnywhere {
      progress.begin("\(run.method.name), eps \(radius.argumentText)")
      let earlier = Dictionary((journal?.finished[index] ?? []).map { ($0.id, $0) }) { $1 }
      let monitor = CertificationMonitor(
        onCertificate: { certificate in
          try journal?.add(certificate, at: index)
          progress.advance()
        }, onSkipped: { progress.advance(by: $0) }, isCancelled: { InterruptSignal.isRaised })
      let attempt = Result {
        try run.certify(radius, by: evaluator, continuing: earlier, monitor) {
          file?.append($0)
          gallery?.append($0)
        }
      }
      try journal?.save()
      guard let result = try attempt.get() else { break }
      results.append(result)
      try document.add(result, progress)
    }
    try document.endTable(results, progress)
    return results
  }

  private var evaluator: Evaluator { execution.evaluator(batchSize: batchSize) }

  private func checkCompletion(_ results: [RadiusResult]) throws {
    guard results.count < run.radii.count || results.contains(where: { !$0.isComplete }) else { return }
    let finished = results.count(where: \.isComplete)
    let partial = results.last.flatMap { $0.isComplete ? nil : $0 }
    throw Interruption(
      description: "interrupted after \(finished) of \(counted(run.radii.count, "radius", "radii"))"
        + (partial.map { " and \($0.examples.count) of \($0.requested) examples of the next" } ?? "")
        + (resume.map { "; --resume \($0) goes on from here" } ?? ""))
  }
}

extension RadiusResult {
  /// The share of all finished examples that are certified.
  var certified: Proportion { Proportion(hits: count(.certified), count: examples.count) }
}

extension RequirementFailure {
  /// That of `--require-certified-accuracy`.
  ///
  /// - Parameters:
  ///   - found: The certified accuracy.
  ///   - required: The least that it may be.
  ///   - place: Where it was found, for the message.
  /// - Throws: `RequirementFailure` where it is less.
  static func check(certifiedAccuracy found: Double?, atLeast required: Double, _ place: String) throws {
    let found = found ?? 0
    guard found < required else { return }
    throw RequirementFailure(
      description: "certified accuracy \(NumberFormat.percentage(found))\(place) is below the required "
        + NumberFormat.percentage(required))
  }
}
