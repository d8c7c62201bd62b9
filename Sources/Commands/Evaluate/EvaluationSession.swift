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
    _ run: EvaluationRun, command: String, _ execution: RunOptions, batchSize: Int, queryBudget: Int?,
    roundingBits: Int?, output: OutputFile?, resume: String? = nil, probes: Bool = false, certifier: CertifyRun? = nil
  ) {
    (self.run, self.command, self.execution, self.batchSize) = (run, command, execution, batchSize)
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
    try output?.check(room: AdversarialSet.byteCount(of: run.inputs.data.properties, count: run.inputs.data.count))
    let journal = try resume.map { try EvaluationJournal($0, of: run, execution, queryBudget: queryBudget) }
    let document = EvaluationDocument(run, command: command, execution, certifier: certifier)
    try document.begin(resumed: journal?.finishedCount ?? 0)
    var certificates: [RadiusResult] = []
    let (results, union) = try evaluate(document, journal, &certificates)
    // What was found is worth showing even where it cannot be written.
    let writing = Result { try write(union) }
    let signs = probes ? try run.probe(results, by: evaluator(nil)) : []
    try document.end(
      results, certificates, probes: signs, written: (try? writing.get()) == nil ? nil : output)
    try writing.get()
    try checkCompletion(results)
    guard let required else { return }
    for result in results {
      try RequirementFailure.check(
        robustAccuracy: result.union.accuracy, atLeast: required, " at eps = \(run.epsilon(of: result.threat))")
    }
  }

  private func evaluate(
    _ document: EvaluationDocument, _ journal: EvaluationJournal?, _ certificates: inout [RadiusResult]
  ) throws -> ([SuiteResult], UnionOfCandidates) {
    let progress = execution.progress(command, total: run.attackedCount, unit: "examples")
    defer { progress.finish() }
    var ended: [SuiteResult] = []
    return try run.evaluation.run(by: evaluator(progress), continuing: journal?.finished ?? []) { event in
      switch event {
      case .began(let result): try document.begin(result, progress)
      case .estimated(let seconds): progress.interrupted { announce(seconds) }
      case .beganAttack(let attack, let threat):
        progress.begin("\(attack.title), eps \(run.epsilon(of: threat))")
      case .finishedAttack(let found, let result):
        try journal?.add(
          found, at: run.evaluation.threats.firstIndex(of: result.threat) ?? 0, number: result.attacks.count - 1)
        try document.add(found, progress)
      case .ended(let result):
        ended.append(result)
        let certified = try certify(ended, progress)
        if let certified { certificates.append(certified) }
        try document.end(result, certified, progress)
      }
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
    try certifier.checkContradictions(certified.examples, results, result.threat, evaluator(nil))
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

  private func write(_ union: UnionOfCandidates) throws {
    guard let output, let found = union.found else { return }
    let attacks = try StandardOutput.json(union.attacks.map(AttackSummary.init))
    try run.inputs.write(found, by: union.attacks, record: attacks, seed: execution.seed, to: output)
  }

  private func checkCompletion(_ results: [SuiteResult]) throws {
    let finished = results.count(where: \.isComplete)
    guard finished < run.radii.count else { return }
    let partial = results.last.flatMap { $0.isComplete ? nil : $0 }
    throw Interruption(
      description: "interrupted after \(finished) of \(counted(run.radii.count, "radius", "radii"))"
        + (partial.map { " and \($0.attacks.count) of \($0.requested.count) attacks of the next" } ?? "")
        + (resume.map { "; --resume \($0) goes on from here" } ?? ""))
  }
}

/// Rejects a budget without a query.
func checkQueryBudget(_ budget: Int?) throws {
  if let budget { try require(budget > 0, "query-budget", "at least 1", budget) }
}
