internal import Compute
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
  private let model: CompiledModel

  init(_ command: TrainCommand) throws {
    self.command = command
    dataPath = try command.data.path()
    data = try command.data.load(command.execution.reading, defaultSplit: "train")
    let network = try Architectures.network(
      command.architecture, inputShape: data.imageShape, classCount: data.classCount)
    // Before the training, so that a damaged test split does not cost the work.
    test = TestSplit(command, imageShape: data.imageShape, classCount: data.classCount)
    let whole = try LabelledImages(images: data.images, labels: data.labels, ids: data.ids)
    let split = try whole.split(
      validationFraction: command.training.validation, random: RandomSource(seed: command.execution.seed))
    training = split.training
    // A share so small that it rounds to no image is none.
    validation = split.validation.count > 0 ? split.validation : nil
    let weights = try Parameters.initial(
      for: network, of: command.architecture, seed: command.execution.seed)
    model = try CompiledModel(network: network, parameters: weights, workers: command.execution.workers)
  }

  func train() throws -> TrainingOutcome {
    if !command.execution.json { try StandardOutput.print(heading) }
    let options = command.training
    switch options.optimizer {
    case .adam: return try train(Adam(weightDecay: options.weightDecay))
    case .sgd:
      return try train(
        SGD(momentum: options.momentum ?? 0.9, isNesterov: options.nesterov, weightDecay: options.weightDecay))
    }
  }

  private func train(_ optimizer: some Optimizer) throws -> TrainingOutcome {
    var optimizer = optimizer
    let options = command.training
    let loop = TrainingLoop(
      epochs: options.epochs, batchSize: options.batchSize, learningRate: options.learningRate,
      schedule: options.schedule, seed: command.execution.seed)
    InterruptSignal.listen()
    let updates = options.epochs * ((training.count - 1) / options.batchSize + 1)
    let progress = command.execution.progress("training", total: updates, unit: "updates")
    defer { progress.finish() }
    return try loop.run(
      model, on: training, validation: validation, optimizer: &optimizer, isCancelled: { InterruptSignal.isRaised }
    ) { event in
      switch event {
      case .update(let epoch, _, _, let loss):
        progress.advance(note: "epoch \(epoch), loss \(NumberFormat.significant(loss))")
      case .epoch(let record, _):
        guard !command.execution.json else { return }
        // A log that can't be written must not cost the weights; the report at the end says that it can't.
        progress.interrupted { try? StandardOutput.print(EpochTable.row(record)) }
      }
    }
  }

  private var heading: String {
    var heading = Heading()
    heading.add("model", "\(command.architecture) (\(NumberFormat.count(model.network.parameterCount)) parameters)")
    heading.add(data, path: dataPath, isGiven: command.data.data != nil)
    if case .unusable(let reason) = test { heading.add("note", "no test accuracy: \(reason)") }
    return "\(heading.text)\n\n\(EpochTable.header)"
  }

  /// The accuracy on the test split, where there is one.
  func testAccuracy() throws -> Double? {
    guard case .usable(let test) = test else { return nil }
    return accuracy(try command.execution.logits(of: test.images, model), test.labels)
  }

  func write(_ outcome: TrainingOutcome, testAccuracy: Double?) throws -> ModelFile {
    let images = data.images.examples(0..<min(8, data.count))
    let record = TrainingRecord(
      architecture: command.architecture, optimizer: command.training.optimizer.rawValue,
      batchSize: command.training.batchSize, learningRate: command.training.learningRate, seed: command.execution.seed,
      epochs: outcome.epochs, isComplete: outcome.isComplete, testAccuracy: testAccuracy)
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
          architecture: command.architecture, model: ModelSummary(model, path: command.output.path),
          data: DataSummary(data, path: dataPath), count: training.count, epochs: outcome.epochs,
          cleanAccuracy: JSONNumber(testAccuracy), seconds: seconds))
    }
    var heading = Heading()
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
      let test = try options.load(command.execution.reading, whole: "test")
      let isFit = test.imageShape == imageShape && test.classCount == classCount
      self = isFit ? .usable(test) : .unusable("its images are \(test.imageShape) of \(test.classCount) classes")
    } catch {
      self = .unusable("\(error)")
    }
  }
}
