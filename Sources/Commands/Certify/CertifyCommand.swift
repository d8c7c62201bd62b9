internal import Arguments
internal import Attacks
internal import Certification
internal import Exchange
internal import Networks
internal import Reports

/// `advlab certify`: what holds for every input around an image.
struct CertifyCommand: Command {
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
    let method = try certification.makeMethod(whereNoneIsGiven: "crown")
    switch method {
    case .bounds, .exact, .clever: _ = try certification.radii()
    case .smoothing: break
    }
    if output != nil, let eps = certification.eps, eps.values.count > 1 {
      throw ValidationError("--output holds the verdicts of one radius; give one --eps, found \(eps.argumentText).")
    }
    guard let fraction = requireCertifiedAccuracy else { return }
    try require((0...1).contains(fraction), "require-certified-accuracy", "a fraction from 0 to 1", fraction)
  }

  func run() throws {
    guard !list else { return try MethodList.certification.print(json: execution.json) }
    try output?.check(.certificates, reading: model, data, writing)
    let method = try certification.makeMethod(whereNoneIsGiven: "crown")
    let inputs = try AttackInputs(
      model: model, data: data, preprocessors: PreprocessorOptions(), reading, execution)
    switch method {
    case .bounds, .exact:
      try CertifySession(
        run: CertifyRun(inputs, certification, method, execution), execution: execution, batchSize: batchSize,
        output: output, resume: resume
      ).run(requiring: requireCertifiedAccuracy)
    case .smoothing, .clever: throw ValidationError("not yet")
    }
  }
}

extension MethodList {
  /// Every method of certification.
  static let certification = MethodList(
    command: "certify", methods: CertificationMethod.types.map { Entry($0) })
}
