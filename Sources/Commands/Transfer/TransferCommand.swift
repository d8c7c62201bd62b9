internal import Arguments
internal import Attacks
internal import Compute
internal import Exchange
internal import Networks
internal import Reports

/// `advlab transfer`: adversarial examples of each of some models, shown to all of them.
struct TransferCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "transfer",
    abstract: "Find adversarial examples on each of some models, and see which of the others they break.",
    discussion: """
      Rows are the models on which examples are found, columns those that judge them; on the diagonal is the attack on the \
      model itself. Only images that all models get right are attacked. Every step of the attack is made.

      EXAMPLES:
        advlab transfer --models a.h5,b.h5,c.h5 --attack mi-fgsm --eps 0.1
        advlab transfer --models a.h5,b.h5 --attack vmi-fgsm --eps 8/255 --json
      """,
    topics: AttackCatalog.topics)

  init() {}

  @Option(help: "The files of two models or more, joined by commas.", valueName: "file,...", completion: .file)
  var models: ModelPaths
  var attack = AttackOptions()
  var data = DataOptions()
  var execution = RunOptions()
  var reading = ReadingOptions()
  @Option(help: "Examples attacked together. Results do not depend on it.") var batchSize = 128

  func validate() throws {
    try requireCount(batchSize, "batch-size")
    try require(models.paths.count > 1, "models", "two files or more, joined by commas", models.paths.count)
    if let radii = attack.eps, radii.values.count != 1 {
      throw ValidationError("--eps: expected one radius, found \(radii.argumentText).")
    }
  }

  func run() throws {
    try execution.report?.check()
    let run = try makeRun()
    InterruptSignal.listen()
    let start = ContinuousClock.now
    let progress = execution.progress(run.attack.title, total: nil, unit: "examples")
    defer { progress.finish() }
    let evaluator = execution.evaluator(batchSize: batchSize, progress: progress)
    guard let matrix = try run(by: evaluator) else {
      throw Interruption(description: "interrupted before every model was attacked; nothing is shown")
    }
    progress.finish()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    try execution.show(TransferDocument(run, matrix, seed: execution.seed, seconds: seconds))
  }

  /// Reads models and data. Targets that depend on a model are those of the first.
  private func makeRun() throws -> TransferRun {
    let stored = try data.open(reading).all()
    let loaded = try models.load(reading.reader(), for: stored.form, OneDNNEngine())
    let first = loaded[0]
    for model in loaded.dropFirst() { try model.checkIsLike(first) }
    let images = try first.input.fitting(stored)
    try first.check(images)
    let selection = try TargetSelection(
      attack.settings.targets, at: images, first.classifier, execution.workers, seed: execution.seed)
    try TargetSelection.requireExamples(selection.data.count)
    return try TransferRun(
      attack.makeAttack(), among: loaded, on: selection, targets: attack.settings.targets, norm: attack.norm,
      radius: attack.radii(for: selection.data.properties)[0], isDataGiven: data.data != nil)
  }
}
