internal import Compute
internal import Defences
internal import Exchange
internal import Networks
internal import Reports
internal import Training

/// Everything one run of `train` needs.
struct TrainingSession {
  private let command: TrainCommand
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

  init(_ command: TrainCommand) throws {
    self.command = command
    dataPath = try command.data.path()
    data = try command.data.load(command.reading, defaultSplit: "train")
    // Before the training, so that a damaged test split does not cost the work.
    test = TestSplit(command, imageShape: data.imageShape, classCount: data.classCount)
    let whole = try LabelledImages(images: data.images, labels: data.labels, ids: data.ids)
    let split = try whole.split(
      validationFraction: command.training.validation, random: RandomSource(seed: command.execution.seed))
    training = split.training
    // A share so small that it rounds to no image is none.
    validation = split.validation.count > 0 ? split.validation : nil
    plan = try TrainingPlan(
      command, imageShape: data.imageShape, classCount: data.classCount, pixels: data.pixelRange,
      validation: validation)
    let network = try Architectures.network(
      plan.architecture, inputShape: data.imageShape, classCount: data.classCount)
    let weights = try Parameters.initial(for: network, of: plan.architecture, seed: command.execution.seed)
    model = try CompiledModel(
      network: network, parameters: weights, workers: command.execution.workers, gradients: .winograd)
    store = try CheckpointStore(
      command.checkpoints, settings: plan.settings + command.data.settings(of: data, command.training.validation),
      provenance: Provenance(command: commandArguments, seed: command.execution.seed, dataSHA256: data.sha256))
    start = command.checkpoints.resume ? try store?.read(command.reading.reader(), network: network) : nil
  }

  /// Why the last state of the run is not in its checkpoint.
  var checkpointFailure: (any Error)? { store?.failure }

  /// How many epochs were asked for.
  var epochs: Int { plan.loop.epochs }

  func train() throws -> TrainingOutcome {
    let table = EpochTable(measuresRobustness: plan.robustness != nil)
    if !command.execution.json {
      let past = (start?.epochs ?? []).map { table.row($0) + "\n" }.joined()
      try StandardOutput.print("\(heading)\n\n\(table.header)\n\(past)")
    }
    var optimizer = plan.optimizer.makeOptimizer(workers: command.execution.workers)
    return try train(&optimizer, table)
  }

  private func train(_ optimizer: inout some Optimizer, _ table: EpochTable) throws -> TrainingOutcome {
    InterruptSignal.listen()
    let progress = command.execution.progress("training", total: updatesLeft, unit: "updates")
    defer { progress.finish() }
    let checkpoints = store?.checkpoints { warning in
      progress.interrupted { StandardError.print("Warning: \(warning)") }
    }
    return try plan.loop.run(
      model, on: training, validation: validation, objective: plan.objective, optimizer: &optimizer,
      continuing: start, robustAccuracy: plan.robustness?.callAsFunction, checkpoints: checkpoints,
      isCancelled: { InterruptSignal.isRaised }
    ) { event in
      switch event {
      case .update(let epoch, _, _, let loss):
        progress.advance(note: "epoch \(epoch), loss \(NumberFormat.significant(loss))")
      case .epoch(let record):
        guard !command.execution.json else { return }
        // A log that can't be written must not cost the weights; the report at the end says that it can't.
        progress.interrupted { try? StandardOutput.print(table.row(record)) }
      }
    }
  }

  private var updatesLeft: Int {
    let perEpoch = ((training.count - 1) / plan.loop.batchSize + 1) * plan.objective.replays
    return (plan.loop.epochs - (start?.epochs.count ?? 0)) * perEpoch - (start?.progress.updates ?? 0)
  }

  private var heading: String {
    var heading = Heading()
    heading.add("model", "\(plan.architecture) (\(NumberFormat.count(model.network.parameterCount)) parameters)")
    heading.add(data, path: dataPath, isGiven: command.data.data != nil)
    plan.describe(in: &heading)
    if let start {
      heading.add(
        "resumed",
        "after \(counted(start.epochs.count, "epoch", "epochs")) and "
          + "\(counted(start.progress.updates, "update", "updates")) of the next")
    }
    if case .unusable(let reason) = test { heading.add("note", "no test accuracy: \(reason)") }
    return heading.text
  }

  /// The accuracy on the test split, where there is one.
  func testAccuracy() throws -> Double? {
    guard case .usable(let test) = test else { return nil }
    return accuracy(try command.execution.logits(of: test.images, model), test.labels)
  }

  func write(_ outcome: TrainingOutcome, testAccuracy: Double?) throws -> ModelFile {
    let images = data.images.examples(0..<min(8, data.count))
    let record = TrainingRecord(
      architecture: plan.architecture, settings: plan.settings, optimizer: plan.optimizer.method.rawValue,
      batchSize: plan.loop.batchSize, learningRate: plan.loop.learningRate, seed: command.execution.seed,
      outcome, testAccuracy: testAccuracy)
    let file = try ModelFile(
      network: model.network, parameters: model.parameters,
      probe: ModelFile.Probe(images: images, logits: try model.logits(of: images)),
      trainingRecord: try StandardOutput.json(record),
      provenance: Provenance(command: commandArguments, seed: command.execution.seed, dataSHA256: data.sha256))
    try file.write(to: command.output.path)
    return file
  }

  func report(_ outcome: TrainingOutcome, testAccuracy: Double?, model: ModelFile) throws {
    let seconds = outcome.epochs.reduce(0) { $0 + $1.seconds }
    guard !command.execution.json else {
      return try StandardOutput.print(
        json: TrainingReport(
          architecture: plan.architecture, settings: SettingsRecord(plan.settings),
          model: ModelSummary(model, path: command.output.path), data: DataSummary(data, path: dataPath),
          count: training.count, epochs: outcome.epochs, selectedEpoch: outcome.bestEpoch,
          collapsedEpoch: outcome.collapsedEpoch, cleanAccuracy: JSONNumber(testAccuracy), seconds: seconds))
    }
    var heading = Heading()
    if let epoch = outcome.collapsedEpoch {
      heading.add("note", "robust accuracy collapsed in epoch \(epoch), which ended the run (see --collapse-guard)")
    }
    if let epoch = outcome.bestEpoch { heading.add("selected", "epoch \(epoch), by \(plan.loop.selection.criterion)") }
    if let testAccuracy { heading.add("test accuracy", NumberFormat.percentage(testAccuracy)) }
    heading.add("time", NumberFormat.duration(seconds: seconds))
    heading.add("written", command.output.path)
    try StandardOutput.print("\n" + heading.text)
  }
}

/// The images a trained model is judged on.
private enum TestSplit {
  case usable(Dataset)
  /// There is none, or none that fits: why.
  case unusable(String)

  init(_ command: TrainCommand, imageShape: Shape, classCount: Int) {
    let options = command.data
    guard options.split != "test" else {
      self = .unusable("the model is trained on the test split")
      return
    }
    guard options.layout.imagesKey == nil else {
      self = .unusable("--images-key and --labels-key name one split")
      return
    }
    do {
      let test = try options.load(command.reading, whole: "test")
      guard test.split != Dataset.allRows else {
        self = .unusable("the file has no splits, and the model is trained on all of it")
        return
      }
      let isFit = test.imageShape == imageShape && test.classCount == classCount
      self = isFit ? .usable(test) : .unusable("its images are \(test.imageShape) of \(test.classCount) classes")
    } catch {
      self = .unusable("\(error)")
    }
  }
}
