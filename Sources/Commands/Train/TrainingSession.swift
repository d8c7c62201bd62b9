internal import Compute
internal import Defences
internal import Exchange
internal import Hyperparameters
internal import Networks
internal import Reports
internal import Training

/// Everything one run of `train` needs.
struct TrainingSession {
  private let command: TrainCommand
  /// The command line, for what is written.
  private let words: [String]
  private let output: String
  private let dataPath: String
  private let data: Dataset
  private let training: LabelledImages
  private let validation: LabelledImages?
  private let test: TestSplit
  private let plan: TrainingPlan
  private let model: CompiledModel
  private let store: CheckpointStore?
  /// The state the run goes on from.
  private let start: TrainingState?
  /// What is said of a run that is made longer.
  private let extensionNotes: [String]
  private let printer: ReportPrinter

  /// Reads the data and decides everything.
  ///
  /// - Parameters:
  ///   - command: What is to be done.
  ///   - words: The command line that stands for it.
  ///   - earlier: The run to go on with.
  ///   - begun: The command with the number of epochs that run was begun with.
  ///   - output: Where the model is written.
  /// - Throws: Where data, network, settings and the earlier run do not fit each other.
  init(
    _ command: TrainCommand, _ words: [String], continuing earlier: EarlierRun?, begun: TrainCommand, output: String
  ) throws {
    (self.command, self.words, self.output) = (command, words, output)
    printer = ReportPrinter(json: command.execution.json)
    dataPath = try command.data.path()
    let stored = try command.data.load(command.reading, defaultSplit: "train")
    let initial = try InitialNetwork(command, for: stored)
    let data = try initial.input.fitting(stored)
    self.data = data
    try initial.check(data, path: dataPath)
    // Before the training, so that a damaged test split does not cost the work.
    test = TestSplit(command, for: initial.input, classCount: data.classCount)
    let whole = try LabelledImages(images: data.images, labels: data.labels, ids: data.ids)
    let split = try whole.split(
      validationFraction: command.training.validation, random: RandomSource(seed: command.execution.seed))
    training = split.training
    // A share so small that it rounds to no image is none.
    validation = split.validation.count > 0 ? split.validation : nil
    let plan = try TrainingPlan(command, initial, data, validation: validation)
    self.plan = plan
    model = try CompiledModel(
      network: plan.initial.network, parameters: plan.initial.parameters, workers: command.execution.workers,
      gradients: .winograd)
    try DiskSpace.check(for: output, bytes: model.network.parameterCount * MemoryLayout<Float>.stride)
    let dataSettings = command.data.settings(of: data, command.training.validation)
    store = try CheckpointStore(
      command.checkpoints, continuing: earlier, settings: plan.settings + dataSettings,
      provenance: Provenance(command: words, seed: command.execution.seed, dataSHA256: data.sha256))
    guard let earlier else {
      (start, extensionNotes) = (nil, [])
      return
    }
    let own = try TrainingPlan(begun, initial, data, validation: validation)
    let isLonger = plan.loop.epochs > own.loop.epochs
    try earlier.check((isLonger ? own : plan).settings + dataSettings)
    let state = try earlier.state(plan.expectation(imageCount: training.count))
    start = state
    extensionNotes = isLonger ? try plan.notes(extending: own, from: state, in: earlier.directory.file) : []
  }

  /// Why the last state of the run is not in its checkpoint.
  var checkpointFailure: (any Error)? { store?.failure }

  /// How many epochs were asked for.
  var epochs: Int { plan.loop.epochs }

  func train() throws -> TrainingOutcome {
    let document = document
    try printer.print(.facts(document.heading))
    try printer.begin(document.epochs)
    var optimizer = plan.optimizer
    optimizer.workers = command.execution.workers
    return try train(&optimizer, document)
  }

  private func train(_ optimizer: inout some Optimizer, _ document: TrainDocument) throws -> TrainingOutcome {
    InterruptSignal.listen()
    let progress = command.execution.progress("training", total: updatesLeft, unit: "updates")
    defer { progress.finish() }
    let checkpoints = store?.checkpoints { warning in
      progress.interrupted { StandardError.print("Warning: \(warning)") }
    }
    return try plan.loop.run(
      model, on: training, validation: validation, objective: plan.objective, optimizer: &optimizer,
      continuing: start, robustAccuracy: plan.robustness.map { measure in { try measure($0) } },
      batchRobustAccuracy: plan.robustness.map { measure in { try measure($0, on: $1) } }, checkpoints: checkpoints,
      isCancelled: { InterruptSignal.isRaised }
    ) { event in
      switch event {
      case .update(let epoch, _, _, let loss):
        progress.advance(note: "epoch \(epoch), loss \(NumberFormat.significant(loss))")
      case .epoch(let record):
        guard !command.execution.json else { return }
        // A log that can't be written must not cost the weights; the report at the end says that it can't.
        progress.interrupted { try? printer.add(document.row(record)) }
      }
    }
  }

  private var updatesLeft: Int {
    let perEpoch = ((training.count - 1) / plan.loop.batchSize + 1) * plan.objective.replays
    return (plan.loop.epochs - (start?.epochs.count ?? 0)) * perEpoch - (start?.progress.updates ?? 0)
  }

  private var document: TrainDocument {
    var notes = extensionNotes
    if case .unusable(let reason) = test { notes.append("no test accuracy: \(reason)") }
    return TrainDocument(
      plan: plan, parameterCount: model.network.parameterCount, data: data, dataPath: dataPath,
      isDataGiven: command.data.data != nil, start: start, notes: notes)
  }

  /// The accuracy on the test split, where there is one.
  func testAccuracy() throws -> Double? {
    guard case .usable(let test) = test else { return nil }
    return accuracy(try command.execution.workers.logits(of: test.images, model), test.labels)
  }

  /// What is to be written.
  func modelFile(_ outcome: TrainingOutcome, testAccuracy: Double?) throws -> ModelFile {
    let images = data.images.examples(0..<min(8, data.count))
    let record = TrainingRecord(
      architecture: plan.initial.name, settings: plan.settings, optimizer: type(of: plan.optimizer).method.name,
      batchSize: plan.loop.batchSize, learningRate: plan.loop.learningRate, seed: command.execution.seed,
      outcome, testAccuracy: testAccuracy)
    return try ModelFile(
      network: model.network, parameters: model.parameters,
      probe: ModelFile.Probe(finiteRowsOf: images, logits: try model.logits(of: images)),
      trainingRecord: try StandardOutput.json(record), vectorOrder: plan.initial.vectorOrder,
      provenance: Provenance(command: words, seed: command.execution.seed, dataSHA256: data.sha256))
  }

  /// Writes the model where it was asked for, or else where it can be written.
  func write(_ model: ModelFile) -> ModelDestination {
    ModelDestination(writing: model, to: output, else: command.checkpoints.checkpoint)
  }

  func report(
    _ outcome: TrainingOutcome, testAccuracy: Double?, model: ModelFile, _ destination: ModelDestination
  ) throws {
    let report = TrainingReport(
      architecture: plan.initial.name, settings: SettingsRecord(plan.settings),
      model: ModelSummary(model, path: destination.path), data: DataSummary(data, path: dataPath),
      count: training.count, epochs: outcome.epochs, selectedEpoch: outcome.bestEpoch,
      collapse: outcome.collapse, divergence: outcome.divergence?.description,
      cleanAccuracy: JSONNumber(testAccuracy), seconds: outcome.epochs.reduce(0) { $0 + $1.seconds })
    try printer.finish(report, [.facts(document.results(report, isWritten: destination.isWritten))])
  }
}
