internal import Arguments
internal import Attacks
internal import Networks
internal import Reports

/// `advlab corruptions`: errors on images that nobody chose to do harm with.
struct CorruptionsCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "corruptions",
    abstract: "Error rates under common corruptions: noise, blur, weather and the like, in five severities.",
    discussion: """
      The families of CIFAR-10-C (arXiv 1903.12261) or of MNIST-C (arXiv 1906.02337), with the constants of their published \
      code and random numbers of the lab's own: numbers are close to those on the published files, and not the same. Every \
      image counts, also one that is misclassified without corruption. With --baseline the errors of every family are \
      divided by those of another model, as in the papers' mCE.

      EXAMPLES:
        advlab corruptions
        advlab corruptions --model mine.h5 --data cifar10/ --severities 1,3,5
        advlab corruptions --model robust.h5 --baseline plain.h5 --data mnist/ --json
      """)

  init() {}

  var model = ModelOptions()
  @Option(
    help: "The model by whose errors those of every family are divided.", valueName: "file", completion: .file)
  var baseline: String?
  var data = DataOptions()
  @Option(help: "Which families (default: mnist-c for images of one channel, else cifar10-c).")
  var suite: CorruptionSuite.Name?
  @Option(help: "How strong: numbers from 1 to 5 with commas between.", valueName: "n,...")
  var severities = SeverityList()
  var execution = RunOptions()
  var reading = ReadingOptions()
  @Option(help: "Examples shown to the model together. Results do not depend on it.") var batchSize = 128

  func validate() throws {
    try requireCount(batchSize, "batch-size")
  }

  func run() throws {
    try execution.report?.check()
    let run = try CorruptionsRun(self)
    InterruptSignal.listen()
    let start = ContinuousClock.now
    let progress = execution.progress("Corruptions", total: nil, unit: "examples")
    defer { progress.finish() }
    guard let results = try run(by: execution.evaluator(batchSize: batchSize, progress: progress)) else {
      throw Interruption(description: "interrupted before every family was done; nothing is shown")
    }
    progress.finish()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    try execution.show(CorruptionsDocument(run, results, seed: execution.seed, seconds: seconds))
  }
}

/// In any case: `cifar10-c`, `MNIST-C`.
extension CorruptionSuite.Name: ArgumentValue {}

/// Severities with commas between, in rising order.
struct SeverityList: ArgumentValue {
  let severities: [Severity]

  /// All of them.
  init() { severities = Severity.allCases }

  init(argument: String) throws {
    let words = argument.split(separator: ",", omittingEmptySubsequences: false)
    let found = words.compactMap { Int($0).flatMap(Severity.init(rawValue:)) }
    guard found.count == words.count, Set(found).count == found.count else {
      throw InvalidValue(description: "expected numbers from 1 to 5, each once, such as 1,3,5")
    }
    severities = found.sorted()
  }

  var argumentText: String { severities.map { "\($0.rawValue)" }.joined(separator: ",") }
}
