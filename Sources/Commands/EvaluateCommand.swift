internal import Arguments
internal import Attacks
internal import Defences
internal import Exchange

/// `advlab evaluate`: many attacks at several radii and their union, a preprocessor under attacks that ignore and that
/// know it, or a detector under the same.
struct EvaluateCommand: Command {
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
        advlab evaluate --eps 8/255 --norm l2 --suite fgsm,pgd --json
        advlab evaluate --eps 0.1 --preprocess jpeg:quality=75
        advlab evaluate --preprocess bit-depth:bits=2 --preprocess noise
        advlab evaluate --eps 0.1 --detector feature-squeezing:bits=3

      'advlab help evaluate NAME' tells more about an attack, a preprocessor or a detector.
      """,
    topics: AttackCatalog.topics + PreprocessorCatalog.topics + DetectorCatalog.topics)

  init() {}

  var evaluation = EvaluationOptions()
  var defence = EvaluatedDefence()
  @Flag(help: "List the preprocessors.", standsAlone: true) var listPreprocessors: Bool
  @Flag(help: "List the detectors.", standsAlone: true) var listDetectors: Bool
  var model = ModelOptions()
  var data = DataOptions()
  var gradients = PrecisionOptions()
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

  func validate() throws {
    try requireCount(batchSize, "batch-size")
    guard defence.detector == nil || gradients.precision == .float32 else {
      throw ValidationError("--precision \(gradients.precision) is no option of --detector.")
    }
    try EvaluationRequest.check(output, radii: evaluation.eps, defence.preprocessors)
    guard defence.detector == nil || (output == nil && evaluation.settings.isEmpty) else {
      throw ValidationError("--output and the attacks' options are no options of --detector.")
    }
    guard let fraction = requireRobustAccuracy else { return }
    try require((0...1).contains(fraction), "require-robust-accuracy", "a fraction from 0 to 1", fraction)
    guard defence.detector == nil else {
      throw ValidationError("--require-robust-accuracy is no option of --detector.")
    }
  }

  func run() throws {
    guard !listPreprocessors else { return try MethodList.preprocessors.print(json: execution.json) }
    guard !listDetectors else { return try MethodList.detectors.print(json: execution.json) }
    try output?.check(.adversarial, reading: model, data, writing)
    guard let detector = defence.detector else {
      return try EvaluationSession(EvaluationRequest(self)).run(requiring: requireRobustAccuracy)
    }
    let session = try DetectionSession(self, detector)
    let results = try session.evaluate()
    try session.report(results)
    try interrupt(results.count, of: evaluation.eps.values.count)
  }

  private func interrupt(_ done: Int, of total: Int) throws {
    guard done < total else { return }
    throw Interruption(description: "interrupted after \(done) of \(counted(total, "radius", "radii"))")
  }
}
