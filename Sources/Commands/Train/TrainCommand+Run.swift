internal import Arguments
internal import Certification
internal import Compute
internal import Defences
internal import Exchange
internal import Networks
internal import Reports
internal import Training

extension TrainCommand {
  /// Reads what the run starts from.
  func makeInputs() throws -> TrainInputs {
    let path = try data.path()
    let stored = try data.open(reading, defaultSplit: "train")
    let initial = try makeInitialNetwork(for: stored.examples(stored.ranges[0]).properties)
    let images = try read(stored, for: initial, path: path)
    // Before the training, so that a damaged test split does not cost the work.
    let test = data.testSplit(
      reading, for: initial.input, classCount: images.properties.classCount, memory: training.window)
    let split = try images.split(validationFraction: training.validation, seed: execution.seed)
    let sources = try defence.sourceModel.map { path in
      let source = try LoadedModel(ModelRequest(path: path), reading.reader(), OneDNNEngine())
      try source.checkSource(for: images.properties)
      return source
    }
    return TrainInputs(
      dataPath: path, isDataGiven: data.data != nil, data: images,
      dataSettings: data.settings(of: images.properties, training.validation), training: split.training,
      validation: split.validation, test: test, initial: initial, sources: sources)
  }

  /// Reads the images, as the network takes them.
  private func read(_ stored: StoredExamples, for initial: InitialNetwork, path: String) throws -> TrainingData {
    let progress = execution.progress("reading", total: stored.count, unit: "images")
    defer { progress.finish() }
    return try TrainingData(
      stored, for: initial.input, memory: training.window, path: path,
      check: { try initial.check($0, path: path) }, onRead: { progress.advance(by: $0) })
  }

  /// The network that was asked for, or else the one of the defence.
  private func makeInitialNetwork(for data: DatasetProperties) throws -> InitialNetwork {
    if let model {
      return try InitialNetwork(
        ModelRequest(path: model, architecture: architecture, map: map, data: data.form), reading.reader())
    }
    let preset = try defence.preset(for: data.imageShape, pixels: data.pixelRange, training)
    guard let architecture = architecture ?? preset?.architecture else { throw Self.missingArchitecture }
    let initializer = (preset?.defence as? any IntervalTraining)?.initializer ?? .pyTorch
    return try InitialNetwork(
      architecture: architecture, for: data, seed: execution.seed, initializer: initializer, reading.reader())
  }

  /// The run that is asked for.
  func makeRun(_ inputs: TrainInputs) throws -> TrainRun {
    try TrainRun(
      try method(for: inputs.data.properties), inputs, attack: defence.validationAttack,
      keepsSelection: training.select != nil, seed: execution.seed, workers: execution.workers)
  }

  /// How to train, with what was typed in the place of standard values.
  private func method(for data: DatasetProperties) throws -> TrainingMethod {
    guard var preset = try defence.preset(for: data.imageShape, pixels: data.pixelRange, training) else {
      var plain = PlainTraining()
      plain.objective = try training.objective()
      plain.optimizer = try training.optimizer(plain.optimizer)
      plain.loop.learningRate = type(of: plain.optimizer).learningRate
      training.change(&plain.loop)
      return .plain(plain)
    }
    let standard = preset.optimizer
    preset.optimizer = try training.optimizer(standard)
    // A learning rate is meant for its optimiser.
    if training.learningRate == nil, type(of: preset.optimizer) != type(of: standard) {
      preset.loop.learningRate = type(of: preset.optimizer).learningRate
    }
    return .defence(preset)
  }
}
