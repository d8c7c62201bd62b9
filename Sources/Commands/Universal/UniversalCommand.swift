internal import Arguments
internal import Attacks
internal import Exchange
internal import Networks
internal import Reports

/// `advlab universal`: one change for all images, fitted on some and judged on others.
struct UniversalCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "universal",
    abstract: "Fit one change that fools a model on most images, and judge it on others.",
    discussion: """
      The change is a patch at a random place of every image (universal-patch), or a small perturbation that is added to \
      every image (uap, sgd-uap). It is fitted on training images, or where the data has one split alone, on its first \
      ones, and judged on test images beside a random change of the same size at the same places.

      The fit depends on all of its images together; what is made of another image depends on no other.

      EXAMPLES:
        advlab universal
        advlab universal --size 0.1 --targets 3 --output patched.h5
        advlab universal --method sgd-uap --eps 0.1 --report uap.html
        advlab universal --method uap --eps 1.0 --norm l2 --model m.h5 --data mnist/

      Every method has options of its own: 'advlab help universal uap' shows them.
      """,
    topics: UniversalCatalog.attacks.map { HelpTopic($0, option: "--method", dashes: "--") })

  init() {}

  var attack = UniversalOptions()
  var model = ModelOptions()
  var data = DataOptions()
  var execution = RunOptions()
  var pictures = PictureOptions()
  var reading = ReadingOptions()
  var writing = WritingOptions()
  @Option(help: "Examples shown to the model together when the change is judged. Results do not depend on it.")
  var batchSize = 128
  @Option(
    help: "Where to write the images with the change, and the change: HDF5, or NumPy's archive (.npz).",
    valueName: "file", completion: .file)
  var output: OutputFile?

  func validate() throws {
    try requireCount(batchSize, "batch-size")
  }

  func run() throws {
    try execution.report?.check()
    try output?.check(.adversarial, reading: model, data, writing)
    let run = try UniversalRun(self)
    InterruptSignal.listen()
    try output?.check(room: AdversarialSet.byteCount(of: run.inputs.data.properties, count: run.inputs.data.count))
    var details = try AttackDetails(
      execution, pictures, run.subject, [(run.threat, run.radius)], force: self.writing.force)
    let start = ContinuousClock.now
    let progress = execution.progress(run.attack.title, total: nil, unit: "examples")
    defer { progress.finish() }
    guard let result = try run(by: evaluator(progress)) else {
      throw Interruption(description: "interrupted before the change was fitted and judged; nothing is shown")
    }
    progress.finish()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    // What was found is worth showing even where it cannot be written.
    let writing = Result { try write(result, of: run) }
    let written = (try? writing.get()) == nil ? nil : output
    let model = run.inputs.model.classifier
    details?.append(run.inputs.data.images, [result.judged.found])
    let ending = details?.ending([], threat: run.threat, model: model, by: execution.evaluator(batchSize: batchSize))
    try execution.show(
      UniversalDocument(
        run, result, seed: execution.seed, seconds: seconds, written: written, pictures: ending?.written,
        details: ending?.blocks ?? []))
    try details?.show(model)
    try writing.get()
    if let failure = ending?.failure { throw failure }
  }

  private func write(_ result: UniversalResult, of run: UniversalRun) throws {
    guard let output else { return }
    try run.inputs.write(
      result.judged.found, budget: type(of: run.attack).budget,
      record: StandardOutput.json(AttackSummary(run.attack)), change: result.change, seed: execution.seed, to: output)
  }
}

extension UniversalCommand: AttackingCommand {
  var budget: Int? { nil }

  var roundingBits: Int? { nil }

  func makeRun(keepsCandidates: Bool) throws -> any AttackingRun { try UniversalRun(self) }
}
