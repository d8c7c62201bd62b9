internal import Arguments
internal import Attacks
internal import Exchange
internal import Networks
internal import Reports

/// The run of a suite with what surrounds it: rows are printed as they come, results are kept and written, and a
/// requirement is checked.
struct EvaluationSession {
  let run: EvaluationRun
  /// The name of the command.
  let command: String
  let execution: RunOptions
  let pictures: PictureOptions
  /// Whether pictures may be written beside others.
  let force: Bool
  let batchSize: Int
  let queryBudget: Int?
  /// The bits to which adversarial pixels are rounded to see whether they survive it.
  let roundingBits: Int?
  let output: OutputFile?
  let resume: String?
  /// Whether the model is probed when the attacks are done.
  let probes: Bool
  /// What certifies the same examples; nil where that was not asked.
  let certifier: CertifyRun?

  init(
    _ run: EvaluationRun, command: String, _ execution: RunOptions, _ pictures: PictureOptions, force: Bool,
    batchSize: Int, queryBudget: Int?,
    roundingBits: Int?, output: OutputFile?, resume: String? = nil, probes: Bool = false, certifier: CertifyRun? = nil
  ) {
    (self.run, self.command, self.execution, self.batchSize) = (run, command, execution, batchSize)
    (self.pictures, self.force) = (pictures, force)
    self.roundingBits = roundingBits
    (self.queryBudget, self.output, self.resume, self.probes) = (queryBudget, output, resume, probes)
    self.certifier = certifier
  }

  /// Rejects `--output` where one file could not hold what is found.
  static func check(_ output: OutputFile?, radii: Radii?, _ preprocessors: PreprocessorOptions) throws {
    guard output != nil else { return }
    if let radii, radii.values.count != 1 {
      throw ValidationError("--output holds the examples of one radius; give one --eps, found \(radii.argumentText).")
    }
    guard preprocessors.preprocess.isEmpty else {
      throw ValidationError("--output is no option of --preprocess: 'verify' could not judge the file.")
    }
  }

  /// Runs all attacks radius by radius.
  ///
  /// - Throws: `Interruption` where it was, after what was finished has been printed and written; `RequirementFailure`
  ///   where the robust accuracy at any radius is below `required`.
  func run(requiring required: Double?) throws {
    InterruptSignal.listen()
    try output?.check(room: AdversarialSet.byteCount(of: run.inputs.data.properties, count: run.subject.examples.count))
    let journal = try resume.map { try EvaluationJournal($0, of: run, execution, queryBudget: queryBudget) }
    let file = try output.map { try AdversarialOutput($0, of: run.subject) }
    var findings = Findings(details: try makeDetails())
    let document = EvaluationDocument(run, command: command, execution, certifier: certifier)
    if run.isWhole { try document.begin(run.inputs.data.properties, resumed: journal?.finishedCount ?? 0) }
    let totals = try evaluate(document, journal, file, &findings)
    // What was found is worth showing even where it cannot be written.
    let writing = Result {
      try file?.finish(totals.examples, requested: totals.requested, seed: execution.seed) ?? false
    }
    let ending = findings.details?.ending(
      run.evaluation.attacks.last ?? [], threat: run.evaluation.threats[run.evaluation.threats.count - 1],
      model: run.inputs.model.classifier, by: evaluator(nil))
    try document.end(
      totals, findings.certificates, probes: findings.signs ?? [], details: ending?.blocks ?? omittedDetails,
      pictures: ending?.written, written: (try? writing.get()) == true ? output : nil)
    try findings.details?.show(run.inputs.model.classifier)
    _ = try writing.get()
    if let failure = ending?.failure { throw failure }
    try checkCompletion(totals)
    guard let required else { return }
    for result in totals.results {
      try RequirementFailure.check(
        robustAccuracy: result.union.accuracy, atLeast: required, " at eps = \(run.epsilon(of: result.threat))")
    }
  }

  /// Why a report shows no single examples.
  private var omittedDetails: [Document.Block] {
    let reason =
      resume == nil
      ? "behind a preprocessor an image is not what the model sees"
      : "a run that goes on has no images of its beginning"
    return [.note(.init(.remark, "Accuracies by class and single examples are not shown: \(reason)."))]
  }

  /// What gathers what a report shows beside the tables. An earlier run has kept no images, and behind a defence they are
  /// not what the model sees.
  private func makeDetails() throws -> AttackDetails? {
    guard resume == nil, run.inputs.defended == nil else {
      guard pictures.isEmpty else {
        throw ValidationError("--show and --save-images are no options of --resume and --preprocess.")
      }
      return nil
    }
    return try AttackDetails(
      execution, pictures, run.subject, run.evaluation.threats.map { ($0, "eps = \(run.epsilon(of: $0))") },
      force: force)
  }

  /// What is found beside the results of the attacks.
  private struct Findings {
    var details: AttackDetails?
    /// The results within the radii that are done, where all examples are one range.
    var ended: [SuiteResult] = []
    var certificates: [RadiusResult] = []
    /// Those of the probes, which look at the first range.
    var signs: [Diagnostic]?
  }

  private func evaluate(
    _ document: EvaluationDocument, _ journal: EvaluationJournal?, _ file: AdversarialOutput?,
    _ findings: inout Findings
  ) throws -> EvaluationTotals {
    let progress = execution.progress(command, total: run.attackedCount, unit: "examples")
    defer { progress.finish() }
    let totals = try run(by: evaluator(progress), continuing: journal?.finished ?? []) { event in
      switch event {
      case .estimated(let seconds): progress.interrupted { announce(seconds) }
      case .beganAttack(let attack, let threat):
        progress.begin("\(attack.title), eps \(run.epsilon(of: threat))")
      case .began, .finishedAttack, .ended:
        if run.isWhole { try take(event, document, journal, &findings, progress) }
      }
    } onRange: { range in
      file?.append(range)
      findings.details?.append(range.set.images, range.unions.compactMap(\.found))
      if probes, findings.signs == nil { findings.signs = try run.probe(range, by: evaluator(nil)) }
    }
    if !run.isWhole { try document.show(totals, progress) }
    return totals
  }

  /// Shows and keeps what was found on all examples.
  private func take(
    _ event: SuiteEvaluation.Event, _ document: EvaluationDocument, _ journal: EvaluationJournal?,
    _ findings: inout Findings, _ progress: ProgressLine
  ) throws {
    switch event {
    case .began(let result): try document.begin(result.summary, progress)
    case .estimated, .beganAttack: break
    case .finishedAttack(let found, let result):
      try journal?.add(
        found, at: run.evaluation.threats.firstIndex(of: result.threat) ?? 0, number: result.attacks.count - 1)
      try document.add(AttackResultSummary(found), progress)
    case .ended(let result):
      findings.ended.append(result)
      let certified = try certify(findings.ended, progress)
      if let certified { findings.certificates.append(certified) }
      try document.end(result.summary, certified, progress)
    }
  }

  /// Certifies the examples within the last radius, and checks that no attack breaks one; nil where that was not asked, or
  /// was interrupted.
  private func certify(_ results: [SuiteResult], _ progress: ProgressLine) throws -> RadiusResult? {
    guard let certifier, let result = results.last, result.isComplete, try !InterruptSignal.isRaisedAnywhere,
      let radius = certifier.radii.first(where: { $0.value == result.threat.radius })
    else { return nil }
    progress.begin("\(certifier.method.name), eps \(radius.argumentText)")
    let monitor = CertificationMonitor(
      onCertificate: { _ in }, onSkipped: { _ in }, isCancelled: { InterruptSignal.isRaised })
    let certified = try certifier.certify(
      radius, by: evaluator(nil), continuing: certifier.decided(by: result.union), monitor)
    guard let certified, certified.isComplete else { return nil }
    try CertifiedRange(certifier, certifier.examples.ranges[0]).checkContradictions(
      certified.examples, results, result.threat, evaluator(nil))
    return certified
  }

  private func evaluator(_ progress: ProgressLine?) -> Evaluator {
    var evaluator = execution.evaluator(batchSize: batchSize, queryBudget: queryBudget, progress: progress)
    evaluator.roundingBits = roundingBits
    return evaluator
  }

  /// Says how long it may take, where that is worth a line.
  private func announce(_ seconds: Double) {
    guard !execution.options.quiet, seconds > 10 else { return }
    StandardError.print(
      "About \(NumberFormat.duration(seconds: seconds)), less where examples are broken early; Ctrl-C keeps what is "
        + "finished.")
  }

  private func checkCompletion(_ totals: EvaluationTotals) throws {
    let finished = totals.results.count(where: \.isComplete)
    guard finished < run.radii.count || !totals.isComplete else { return }
    let partial = totals.results.last.flatMap { $0.isComplete ? nil : $0 }
    let radii =
      "\(finished) of \(counted(run.radii.count, "radius", "radii"))"
      + (partial.map { " and \($0.attacks.count) of \($0.requested.count) attacks of the next" } ?? "")
    let examples =
      run.isWhole
      ? nil : "\(NumberFormat.count(totals.count)) of \(counted(totals.requested, "example", "examples"))"
    throw Interruption(
      description: "interrupted after "
        + [finished < run.radii.count && (run.isWhole || totals.count > 0) ? radii : nil, examples]
        .compactMap { $0 }.joined(separator: ", on ")
        + (resume.map { "; --resume \($0) goes on from here" } ?? ""))
  }
}

/// Rejects a budget without a query.
func checkQueryBudget(_ budget: Int?) throws {
  if let budget { try require(budget > 0, "query-budget", "at least 1", budget) }
}
