internal import Arguments
internal import Attacks
internal import Defences
internal import Exchange
internal import Reports

/// `advlab attack`: adversarial examples, judged by an evaluator that trusts no attack.
struct AttackCommand: SharedCommand {
  static let configuration = CommandConfiguration(
    commandName: "attack",
    abstract: "Attack a model and report how many of its right answers survive.",
    discussion: """
      Every example is judged by one independent pass of the model; a candidate that leaves the ball or the pixel range \
      is reported as invalid, never clipped.

      EXAMPLES:
        advlab attack --fgsm --eps 0.1
        advlab attack --pgd --eps 0.5 --norm l2 --restarts 10
        advlab attack --pgd --eps 0.1 --targets least-likely --output adv.h5
        advlab attack --attack noise --eps 8/255 --draws 1000 --json
        advlab attack --pgd --eps 0.05,0.1 --preprocess jpeg:quality=75
        advlab attack --attack mi-fgsm --eps 0.1 --surrogate other.h5

      Every attack has options of its own, such as --steps of pgd: 'advlab help attack pgd' shows them, and 'advlab attack \
      --list' all attacks. 'advlab help attack jpeg' tells about a preprocessor.
      """,
    topics: AttackCatalog.topics + PreprocessorCatalog.topics)

  init() {}

  var attack = AttackOptions()
  @Flag(help: "List the attacks.", standsAlone: true) var list: Bool
  @Option(
    help: """
      Models on which the attack works in place of --model, which judges what is found; of several, joined by commas, the mean \
      of the logits. Every step is made, and passes are those of these models.
      """, valueName: "file,...", completion: .file)
  var surrogate: ModelPaths?
  var preprocessors = PreprocessorOptions()
  var model = ModelOptions()
  var data = DataOptions()
  var gradients = PrecisionOptions()
  var pictures = PictureOptions()
  var execution = RunOptions()
  var reading = ReadingOptions()
  var writing = WritingOptions()
  @Option(help: "Examples attacked together. Results do not depend on it.") var batchSize = 128
  @Option(
    help: "Queries of the model that the attack may make for each example; what it finds with more is not taken.",
    valueName: "number")
  var queryBudget: Int?
  @Option(
    help: "Where to write the adversarial examples: HDF5, or NumPy's archive where the name ends in .npz.",
    valueName: "file", completion: .file)
  var output: OutputFile?
  @Option(help: "Exit with 2 where the robust accuracy is below this fraction.", valueName: "fraction")
  var requireRobustAccuracy: Double?

  func validate() throws {
    try requireCount(batchSize, "batch-size")
    try checkQueryBudget(queryBudget)
    try EvaluationSession.check(output, radii: attack.eps, preprocessors)
    guard surrogate == nil || (attack.eps?.values.count ?? 1 == 1 && preprocessors.preprocess.isEmpty) else {
      throw ValidationError("--surrogate goes with one radius and without --preprocess; give one --eps for each run.")
    }
    guard let fraction = requireRobustAccuracy else { return }
    try require((0...1).contains(fraction), "require-robust-accuracy", "a fraction from 0 to 1", fraction)
  }

  func run() throws {
    guard !list else { return try MethodList.attacks.print(json: execution.json) }
    try execution.report?.check()
    try output?.check(.adversarial, reading: model, data, writing)
    switch try makeRequest(keepsCandidates: output != nil || AttackDetails.areWanted(execution, pictures)) {
    case .attack(let run): try show(run)
    case .suite(let run):
      try EvaluationSession(
        run, command: "attack", execution, pictures, force: writing.force, batchSize: batchSize,
        queryBudget: queryBudget, roundingBits: roundingBits,
        output: output
      ).run(requiring: requireRobustAccuracy)
    }
  }

  /// What the command line asks for.
  private enum Request {
    /// One attack within one radius.
    case attack(AttackRun)
    /// The attack as a suite: within several radii, or on a model behind a preprocessor.
    case suite(EvaluationRun)
  }

  private func makeRequest(keepsCandidates: Bool, isWhole: Bool = false) throws -> Request {
    let subject = try AttackSubject(
      model: model, data: data, preprocessors: preprocessors, targets: attack.settings.targets, precision: gradients,
      reading, execution)
    let radii = attack.radii(for: subject.properties)
    guard radii.count == 1, let epsilon = radii.first, subject.defended == nil else {
      let suite = Suite(name: try attack.name(), attacks: [try attack.makeAttack()])
      return .suite(
        try EvaluationRun(
          suite, subject, norm: attack.norm, radii: radii, isWhole: isWhole, keepsCandidates: keepsCandidates))
    }
    return .attack(
      try AttackRun(
        attack.makeAttack(), subject, norm: attack.norm, radius: epsilon,
        keepsCandidates: keepsCandidates,
        surrogate: surrogate.map {
          try SurrogateModels(
            $0, reading.reader(), for: subject.properties.form, judge: subject.model)
        }))
  }

  /// What was found is worth showing even where it cannot be written.
  private func show(_ run: AttackRun) throws {
    InterruptSignal.listen()
    try output?.check(room: AdversarialSet.byteCount(of: run.subject.properties, count: run.subject.examples.count))
    let file = try output.map { try AdversarialOutput($0, of: run.subject) }
    var details = try AttackDetails(
      execution, pictures, run.subject, [(run.threat, run.radius)], force: writing.force)
    let result = try reportingProgress(run) { range in
      file?.append(range, by: run)
      if let images = range.images, let found = range.found { details?.append(images, [found]) }
    }
    let writing = Result {
      try file?.finish(result.examples, requested: result.summary.requested, seed: execution.seed) ?? false
    }
    let written = (try? writing.get()) == true ? output : nil
    // What a surrogate sees is no way of this model.
    let ending = details?.ending(
      run.surrogate == nil ? [run.attack] : [], threat: run.threat, model: run.subject.model.classifier,
      by: execution.evaluator(batchSize: batchSize, queryBudget: queryBudget))
    try execution.show(
      AttackDocument(
        run, result, seed: execution.seed, written: written, pictures: ending?.written, details: ending?.blocks ?? []))
    try details?.show(run.subject.model.classifier)
    _ = try writing.get()
    if let failure = ending?.failure { throw failure }
    guard result.summary.isComplete else { throw Interruption(result.summary) }
    guard let required = requireRobustAccuracy else { return }
    try RequirementFailure.check(robustAccuracy: result.summary.robustAccuracy.fraction, atLeast: required)
  }

  private func reportingProgress(_ run: AttackRun, onRange: (EvaluatedRange) -> Void) throws -> AttackTotals {
    let progress = execution.progress(run.attack.title, total: run.subject.examples.count, unit: "examples")
    defer { progress.finish() }
    return try run(by: evaluator(progress), onRange: onRange)
  }
}

extension AttackCommand: AttackingCommand {
  var budget: Int? { queryBudget }

  var roundingBits: Int? { attack.settings.quantize }

  func makeRun(keepsCandidates: Bool) throws -> any AttackingRun {
    switch try makeRequest(keepsCandidates: keepsCandidates, isWhole: keepsCandidates) {
    case .attack(let run): run
    case .suite(let run): run
    }
  }
}

extension Interruption {
  fileprivate init(_ evaluation: EvaluationSummary) {
    let done = evaluation.count
    description =
      done == 0
      ? "interrupted before the first batch was finished; nothing was written"
      : "interrupted after \(done) of \(evaluation.requested) examples"
  }
}
