internal import Arguments
internal import Attacks
internal import Defences
internal import Exchange
internal import Hyperparameters
internal import Networks
internal import Reports

/// `advlab evaluate`: many attacks at several radii and their union, a preprocessor under attacks that ignore and that
/// know it, or a detector under the same.
struct EvaluateCommand: SharedCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Run a suite of attacks and report what survives all of them.",
    discussion: """
      With --preprocess every attack runs twice: on the bare network (oblivious), and on network and preprocessor together, \
      with surrogate gradients and averages over random draws where they are needed (adaptive). Both are judged with the \
      defence in front; the last line is the least of all. A randomised defence is asked --judge-draws times for every image, \
      and the share of right answers counts.

      With --detector the question is how well adversarial images are told from clean ones, by an attack that ignores the \
      detector and by one that knows it.

      EXAMPLES:
        advlab evaluate --eps 0.05,0.1,0.2
        advlab evaluate --eps 0.1 --steps 100 --restarts 5 --output adv.h5
        advlab evaluate --eps 8/255 --norm l2 --suite fgsm,pgd:steps=100 --json
        advlab evaluate --suite standard --policy cascade --resume evaluation.json
        advlab evaluate --eps 0.01,0.05 --certify alpha-crown
        advlab evaluate --eps 0.1 --preprocess jpeg:quality=75
        advlab evaluate --preprocess bit-depth:bits=2 --preprocess noise
        advlab evaluate --eps 0.1 --detector feature-squeezing:bits=3

      Every attack has options of its own, such as --steps of pgd: 'advlab help evaluate pgd' shows them. The same tells \
      about a preprocessor or a detector.
      """,
    topics: AttackCatalog.topics + PreprocessorCatalog.topics + DetectorCatalog.topics)

  init() {}

  var evaluation = EvaluationOptions()
  var defence = TestedDefenceOptions()
  @Flag(help: "List the preprocessors.", standsAlone: true) var listPreprocessors: Bool
  @Flag(help: "List the detectors.", standsAlone: true) var listDetectors: Bool
  var model = ModelOptions()
  var data = DataOptions()
  var gradients = PrecisionOptions()
  var pictures = PictureOptions()
  var execution = RunOptions()
  var reading = ReadingOptions()
  var writing = WritingOptions()
  @Option(help: "Examples attacked together. Results do not depend on it.") var batchSize = 128
  @Option(
    help:
      "Where to write for every example what the suite found: HDF5, or NumPy's archive where the name ends in .npz.",
    valueName: "file", completion: .file)
  var output: OutputFile?
  @Option(help: "Exit with 2 where the robust accuracy at any radius is below this fraction.", valueName: "fraction")
  var requireRobustAccuracy: Double?

  @Option(
    help: "Keep every attack that is finished in this file, and go on from what it holds; holds all images in memory.",
    valueName: "file", completion: .file)
  var resume: String?

  @Flag(
    help:
      "Do without the few more passes that look for signs of failed attacks: another seed, twice the steps, a ball without bounds."
  )
  var noProbes: Bool

  @Option(
    help:
      "Certify the same examples at every radius: bounds by name, as in crown or alpha-crown:steps=50, or exact. The true robust accuracy lies between certified and attacked; a crossing is an error with the example saved. Holds all images in memory.",
    valueName: "name:options", completion: .list(CertificationMethod.namesOfBounds))
  var certify: String?

  func validate() throws {
    try requireCount(batchSize, "batch-size")
    try checkQueryBudget(evaluation.queryBudget)
    try validateCertification()
    try EvaluationSession.check(output, radii: evaluation.eps, defence.preprocessors)
    guard resume == nil || output == nil else {
      throw ValidationError("--output is no option of --resume, whose file does not hold the adversarial images.")
    }
    if defence.detector != nil { try validateDetection() }
    guard let fraction = requireRobustAccuracy else { return }
    try require((0...1).contains(fraction), "require-robust-accuracy", "a fraction from 0 to 1", fraction)
  }

  private func validateCertification() throws {
    guard let method = try certificationMethod() else { return }
    switch method {
    case .bounds, .exact: break
    case .smoothing, .clever:
      throw ValidationError(
        "--certify: expected \(CertificationMethod.namesOfBounds.joined(separator: ", ")), found "
          + "'\(certify ?? "")', which bounds no margins.")
    }
    guard defence.detector == nil, defence.preprocessors.preprocess.isEmpty, evaluation.settings.targets == nil else {
      throw ValidationError("--certify is no option of --preprocess, --detector and --targets.")
    }
    guard evaluation.norm != .l0 else {
      throw ValidationError("--certify: expected --norm linf, l2 or l1, found l0, for which there are no bounds.")
    }
  }

  private func certificationMethod() throws -> CertificationMethod? {
    do {
      return try certify.map { try CertificationMethod($0, options: []) }
    } catch let error as HyperparameterError {
      throw ValidationError("--certify: \(error).")
    }
  }

  private func validateDetection() throws {
    guard gradients.precision == .float32 else {
      throw ValidationError("--precision \(gradients.precision) is no option of --detector.")
    }
    guard output == nil, resume == nil, evaluation.settings.isEmpty, evaluation.policy == nil,
      evaluation.queryBudget == nil
    else {
      throw ValidationError("--output, --resume and the attacks' options are no options of --detector.")
    }
    guard requireRobustAccuracy == nil else {
      throw ValidationError("--require-robust-accuracy is no option of --detector.")
    }
  }

  func run() throws {
    guard !listPreprocessors else { return try MethodList.preprocessors.print(json: execution.json) }
    guard !listDetectors else { return try MethodList.detectors.print(json: execution.json) }
    try execution.report?.check()
    try output?.check(.adversarial, reading: model, data, writing)
    let keepsCandidates = output != nil || AttackDetails.areWanted(execution, pictures)
    switch try makeRequest(keepsCandidates: keepsCandidates, isWhole: needsResultsOfEach) {
    case .suite(let run):
      try EvaluationSession(
        run, command: "evaluate", execution, pictures, force: writing.force, batchSize: batchSize, queryBudget: budget,
        roundingBits: roundingBits,
        output: output, resume: resume, probes: !noProbes,
        certifier: certificationMethod().map {
          try CertifyRun(
            CertifiedExamples(whole: run.inputs, execution.workers), $0, norm: run.norm, radii: run.radii, attack: nil,
            execution)
        }
      ).run(requiring: requireRobustAccuracy)
    case .detection(let run): try show(run)
    }
  }

  /// What the command line asks for.
  private enum Request {
    /// A suite of attacks, on a model with or without a preprocessor.
    case suite(EvaluationRun)
    /// A detector beside the model.
    case detection(DetectionRun)
  }

  /// Whether the results of all examples are needed together.
  private var needsResultsOfEach: Bool { resume != nil || certify != nil }

  private func makeRequest(keepsCandidates: Bool, isWhole: Bool) throws -> Request {
    if let detector = defence.detector { return .detection(try makeDetection(DetectorCatalog.method(detector))) }
    let subject = try AttackSubject(
      model: model, data: data, preprocessors: defence.preprocessors, targets: evaluation.settings.targets,
      precision: gradients, reading, execution)
    let suite = try evaluation.makeSuite(attackingMargin: subject.model.notes.contains { $0.warning != nil })
    return .suite(
      try EvaluationRun(
        suite, subject, norm: evaluation.norm, radii: evaluation.eps.values, isWhole: isWhole,
        keepsCandidates: keepsCandidates))
  }

  private func makeDetection(_ method: any DetectorMethod) throws -> DetectionRun {
    let inputs = try AttackInputs(
      model: model, data: data, preprocessors: defence.preprocessors, reading, execution)
    return try DetectionRun(method, inputs, norm: evaluation.norm, radii: evaluation.eps.values) {
      try data.load(reading, whole: "train", for: inputs.model.input)
    }
  }

  private func show(_ run: DetectionRun) throws {
    InterruptSignal.listen()
    let progress = execution.progress("evaluate", total: run.attackedCount, unit: "examples")
    let results = try run(by: evaluator(progress))
    progress.finish()
    try execution.show(DetectionDocument(run, results, seed: execution.seed))
    guard results.count < run.radii.count else { return }
    throw Interruption(
      description: "interrupted after \(results.count) of \(counted(run.radii.count, "radius", "radii"))")
  }
}

extension EvaluateCommand: AttackingCommand {
  var budget: Int? { evaluation.queryBudget }

  var roundingBits: Int? { evaluation.settings.quantize }

  func makeRun(keepsCandidates: Bool) throws -> any AttackingRun {
    switch try makeRequest(keepsCandidates: keepsCandidates, isWhole: keepsCandidates || needsResultsOfEach) {
    case .suite(let run): run
    case .detection(let run): run
    }
  }
}
