internal import Arguments
internal import Attacks
internal import Certification
internal import Exchange
internal import Networks
internal import Reports

/// `advlab certify`: what holds for every input around an image.
struct CertifyCommand: SharedCommand {
  static let configuration = CommandConfiguration(
    commandName: "certify",
    abstract: "Certify that no input around an image has another class.",
    discussion: """
      An example counts as certified where it is classified rightly and all margins stay above 0 in the whole ball: a proof, \
      not an attack that failed. Bounds certify quickly, or leave an example undecided; exact splits until it is \
      decided or its time is up, and finds counterexamples. smoothing certifies the classifier behind Gaussian noise, and \
      clever gives an estimate, which is no certificate.

      EXAMPLES:
        advlab certify --eps 0.05,0.1
        advlab certify --method ibp --eps 0.02 --attack pgd
        advlab certify --method exact --timeout 10 --eps 0.1 --count 50
        advlab certify --method alpha-crown:steps=50 --eps 0.1 --output c.h5
        advlab certify --eps 0.3 --norm l2 --model m.h5 --data mnist/ --json
        advlab certify --method smoothing:sigma=0.25,samples=10000 --count 50
        advlab certify --vnnlib p.vnnlib.gz --timeout 60 --model m.h5

      Every method has options of its own: 'advlab help certify exact' shows them, and 'advlab certify --list' all methods.
      """,
    topics: CertificationMethod.topics)

  init() {}

  var certification = CertifyOptions()
  @Flag(help: "List the methods.", standsAlone: true) var list: Bool
  var model = ModelOptions()
  var data = DataOptions()
  var execution = RunOptions()
  var reading = ReadingOptions()
  var writing = WritingOptions()
  @Option(help: "Examples that an attack gets together. Results do not depend on it.") var batchSize = 128
  @Option(
    help: "Where to write verdicts, bounds and counterexamples of one radius: HDF5, or NumPy's archive (.npz).",
    valueName: "file", completion: .file)
  var output: OutputFile?
  @Option(
    help: "Keep every example that is finished in this file, and go on from what it holds.", valueName: "file",
    completion: .file)
  var resume: String?
  @Option(
    help: "Exit with 2 where the certified accuracy within any radius is below this fraction.", valueName: "fraction")
  var requireCertifiedAccuracy: Double?

  func validate() throws {
    try requireCount(batchSize, "batch-size")
    let method = try certification.makeMethod()
    guard certification.vnnlib == nil else { return try validateProperty(method) }
    switch method {
    case .bounds, .exact: _ = try certification.radii()
    case .clever:
      _ = try certification.radii()
      guard requireCertifiedAccuracy == nil else {
        throw ValidationError("--require-certified-accuracy is no option of 'clever', which certifies nothing.")
      }
      try refuseOutput("clever")
    case .smoothing: try refuseOutput("smoothing")
    }
    if output != nil, let eps = certification.eps, eps.values.count > 1 {
      throw ValidationError("--output holds the verdicts of one radius; give one --eps, found \(eps.argumentText).")
    }
    guard let fraction = requireCertifiedAccuracy else { return }
    try require((0...1).contains(fraction), "require-certified-accuracy", "a fraction from 0 to 1", fraction)
  }

  private func refuseOutput(_ method: String) throws {
    guard output == nil else {
      throw ValidationError("--output is no option of '\(method)': --json prints what is known of every example.")
    }
  }

  private func validateProperty(_ method: CertificationMethod) throws {
    guard case .exact = method else {
      throw ValidationError("--vnnlib: expected --method exact, which decides, found \(certification.method ?? "").")
    }
    guard certification.eps == nil, certification.norm == nil, certification.attack == nil, data.data == nil,
      output == nil, resume == nil, requireCertifiedAccuracy == nil, execution.report == nil
    else {
      throw ValidationError(
        "--vnnlib: a property says itself which inputs are meant; --eps, --norm, --attack, --data, --output, --resume, "
          + "--report and --require-certified-accuracy are no options of it.")
    }
  }

  func run() throws {
    let start = ContinuousClock.now
    guard !list else { return try MethodList.certification.print(json: execution.json) }
    try execution.report?.check()
    let method = try certification.makeMethod()
    if let vnnlib = certification.vnnlib, case .exact(let exact) = method {
      guard Launch.ranks.isAlone else { throw ValidationError("--vnnlib: one property is decided by one process.") }
      return try decide(vnnlib, exact, since: start)
    }
    try output?.check(.certificates, reading: model, data, writing)
    let examples = try CertifiedExamples(
      AttackSubject(model: model, data: data, preprocessors: PreprocessorOptions(), reading, execution), execution)
    switch method {
    case .bounds, .exact:
      try CertifySession(
        run: CertifyRun(examples, certification, method, execution), execution: execution, batchSize: batchSize,
        output: output, resume: resume
      ).run(requiring: requireCertifiedAccuracy)
    case .smoothing(let method): try show(SmoothingRun(examples, method, certification))
    case .clever(let method): try show(CleverRun(examples, method, certification))
    }
  }

  private func show(_ run: SmoothingRun) throws {
    InterruptSignal.listen()
    let journal = try resume.map { try run.journal($0, seed: execution.seed) }
    let progress = execution.progress("Randomised smoothing", total: run.examples.count, unit: "examples")
    defer { progress.finish() }
    let result = try run(execution, continuing: journal, progress)
    progress.finish()
    try execution.show(details: { try run.gallery(result, execution) }) {
      SmoothingDocument(run, result, seed: execution.seed, details: $0)
    }
    guard result.isComplete else { throw interruption(result.entries.count, of: result.requested) }
    guard let required = requireCertifiedAccuracy else { return }
    try RequirementFailure.check(certifiedAccuracy: run.judgedAccuracy(result), atLeast: required, "")
  }

  private func show(_ run: CleverRun) throws {
    InterruptSignal.listen()
    let journal = try resume.map { try run.journal($0, seed: execution.seed) }
    let total = run.examples.clean.hits * run.radii.count
    let results = try run(
      execution, continuing: journal, execution.progress("CLEVER", total: total, unit: "examples"))
    try execution.show(details: { try run.gallery(results, execution) }) {
      CleverDocument(run, results, seed: execution.seed, details: $0)
    }
    guard results.allSatisfy(\.isComplete) else {
      throw interruption(results.reduce(0) { $0 + $1.entries.count }, of: total)
    }
  }

  private func interruption(_ finished: Int, of total: Int) -> Interruption {
    Interruption(
      description: "interrupted after \(finished) of \(counted(total, "example", "examples"))"
        + (resume.map { "; --resume \($0) goes on from here" } ?? ""))
  }

  private func decide(_ path: String, _ method: ExactVerification, since start: ContinuousClock.Instant) throws {
    let run = try PropertyRun(path, model, dataDirectory: data.dataDirectory, method, reading)
    if !execution.options.quiet { for note in run.notes { StandardError.print("Note: \(note)") } }
    InterruptSignal.listen()
    let verdict = try run(execution, until: start + .seconds(method.timeout))
    guard !InterruptSignal.isRaised else { throw Interruption(description: "interrupted before it was decided") }
    guard !execution.json else {
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      return try StandardOutput.print(json: PropertyReport(run, path: path, verdict, seconds: seconds))
    }
    try StandardOutput.print(verdict.resultFile)
  }
}

extension MethodList {
  /// Every method of certification.
  static let certification = MethodList(
    command: "certify", methods: CertificationMethod.types.map { Entry($0) })
}
