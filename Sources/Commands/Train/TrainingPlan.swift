internal import Arguments
internal import Attacks
internal import Compute
internal import Defences
internal import Exchange
internal import Hyperparameters
internal import Networks
internal import Reports
internal import Training

/// Every effective setting of a run of `train`: what was typed, what the defence brings, and defaults.
struct TrainingPlan {
  let initial: InitialNetwork
  let loop: TrainingLoop
  let optimizer: any Optimizer
  let objective: any TrainingObjective
  /// The defence as it is run.
  let preset: Preset?
  /// What robust accuracy is measured with.
  let robustness: RobustValidation?
  /// What a user might not expect.
  let notes: [String]
  /// What is minimised without a defence.
  private let plainLoss: StandardObjective
  private let sources: [LoadedModel]

  /// Decides everything, for images of a dataset and their validation part.
  init(
    _ command: TrainCommand, _ initial: InitialNetwork, _ data: Dataset, validation: LabelledImages?
  ) throws {
    self.initial = initial
    let (imageShape, classCount, pixels) = (data.imageShape, data.classCount, data.pixelRange)
    let (training, workers) = (command.training, command.execution.workers)
    preset = try command.defence.preset(for: imageShape, pixels: pixels, training)
    var loop = preset?.loop ?? Self.plainLoop(training)
    loop.seed = command.execution.seed
    loop.workers = workers
    let standard = preset?.optimizer ?? Adam()
    optimizer = try training.optimizer(standard)
    // The rate of one optimiser is none for another.
    if training.learningRate == nil, preset == nil || type(of: optimizer) != type(of: standard) {
      loop.learningRate = type(of: optimizer).learningRate
    }
    sources = try command.defence.sourceModel.map { path in
      try Self.source(path, command.reading.reader(), imageShape, classCount)
    }
    robustness = Self.robustness(command, preset, pixels: pixels, validation)
    notes = Self.dropWhatCannotBe(&loop, training, measuresRobustness: robustness != nil, validation)
    self.loop = loop
    objective =
      if let preset {
        try preset.defence.objective(
          bounds: try pixels.oneRange(for: "--defence"), sources: sources.map(\.classifier), workers: workers)
      } else {
        try training.objective()
      }
    plainLoss = try training.objective()
  }

  private static func plainLoop(_ options: TrainingOptions) -> TrainingLoop {
    var loop = TrainingLoop(epochs: 10, batchSize: 64, learningRate: 1, schedule: CosineSchedule())
    options.change(&loop)
    return loop
  }

  private static func source(
    _ path: String, _ reader: Reader, _ imageShape: Shape, _ classCount: Int
  ) throws -> LoadedModel {
    let model = try LoadedModel(ModelRequest(path: path), reader)
    guard model.classifier.inputShape == imageShape, model.classifier.classCount == classCount else {
      throw MismatchedFile(
        description: "\(path): expected a model of images \(imageShape) and \(classCount) classes, found one of "
          + "\(model.classifier.inputShape) and \(model.classifier.classCount)")
    }
    return model
  }

  private static func robustness(
    _ command: TrainCommand, _ preset: Preset?, pixels: PixelBox, _ validation: LabelledImages?
  ) -> RobustValidation? {
    guard let validation, let attacked = preset?.threat, command.defence.validationAttackSteps > 0
    else { return nil }
    return RobustValidation(
      validation, count: command.defence.validationAttackCount,
      threat: ThreatModel(norm: attacked.norm, radius: attacked.radius, bounds: pixels),
      steps: command.defence.validationAttackSteps, seed: command.execution.seed, workers: command.execution.workers)
  }

  /// What a preset asks for may be impossible because of what the user asks for. Where the user asked for both, the loop
  /// refuses.
  private static func dropWhatCannotBe(
    _ loop: inout TrainingLoop, _ options: TrainingOptions, measuresRobustness: Bool, _ validation: LabelledImages?
  ) -> [String] {
    var notes: [String] = []
    guard !measuresRobustness else { return notes }
    if loop.selection == .bestRobust, options.select == nil {
      loop.selection = .last
      notes.append("no robust accuracy is measured, so the last epoch's weights are written")
    }
    if loop.largestRobustnessLoss != nil {
      loop.largestRobustnessLoss = nil
      notes.append("no robust accuracy is measured, so nothing guards against its collapse")
    }
    return notes
  }

  /// What heading, record and checkpoint say.
  var settings: [TrainingSetting] {
    var settings = [TrainingSetting("architecture", .text(initial.name))] + initial.settings
    if let preset {
      settings.append(TrainingSetting("defence", .text(preset.name)))
      settings += preset.defence.recordedSettings
    } else {
      settings += plainLoss.recordedSettings
    }
    for source in sources { settings.append(TrainingSetting("source_model", .text(source.file.sha256))) }
    settings += optimizer.settings + loop.settings
    if let robustness {
      settings.append(TrainingSetting("validation_attack_steps", .integer(robustness.attack.steps)))
      settings.append(TrainingSetting("validation_attack_count", .integer(robustness.examples.count)))
    }
    return settings
  }

  /// The same in lines of a heading.
  func describe(in heading: inout Heading) {
    if let preset {
      heading.add("defence", "\(preset.name): \(Self.text(preset.method))")
      if let remark = preset.remark { heading.add("", remark) }
      heading.add("", Self.text(preset.defence.recordedSettings))
      if let robustness { heading.add("threat", robustness.threat.text) }
    } else if plainLoss != StandardObjective() {
      heading.add("loss", "cross-entropy, \(Self.text(plainLoss.recordedSettings))")
    }
    for note in initial.notes { heading.add(note) }
    for source in sources { heading.add("source", source.path) }
    heading.add("optimizer", Self.text(optimizer.settings, leading: true))
    heading.add("training", Self.text(loop.settings))
    if let robustness {
      heading.add(
        "measured",
        "by PGD-\(robustness.attack.steps) on \(counted(robustness.examples.count, "image", "images")) set apart")
    }
    for note in notes { heading.add("note", note) }
  }

  /// `one step of 1.25 radii from a random start (arXiv 2001.03994)`: without the authors.
  private static func text(_ method: Method) -> String {
    let summary = method.summary.hasSuffix(".") ? method.summary.dropLast() : method.summary[...]
    let source = (method.citation ?? "").split(separator: ", ").last.map { " (\($0))" } ?? ""
    return summary.prefix(1).lowercased() + summary.dropFirst() + source
  }

  /// `epochs 10, batch size 100`; the leading one without its name.
  private static func text(_ settings: [TrainingSetting], leading: Bool = false) -> String {
    settings.enumerated().map { index, setting in
      leading && index == 0
        ? setting.value.text : "\(setting.name.split(separator: "_").joined(separator: " ")) \(setting.value.text)"
    }.joined(separator: ", ")
  }
}

extension HyperparameterValue {
  /// For people.
  var text: String {
    switch self {
    case .integer(let number): "\(number)"
    case .number(let number): NumberFormat.significant(number, digits: 6)
    case .text(let text): text
    case .flag(let flag): flag ? "yes" : "no"
    }
  }
}

extension TrainingPlan {
  /// What the state of a run with these settings must be.
  func expectation(imageCount: Int) -> StateExpectation {
    StateExpectation(
      network: initial.network, optimizer: optimizer, loop: loop,
      updatesPerEpoch: ((imageCount - 1) / loop.batchSize + 1) * max(1, objective.replays),
      remembers: objective.remembers)
  }

  /// What becomes of a run that was begun by another plan and is to have more epochs.
  ///
  /// - Throws: `MismatchedFile` where the run has ended for good.
  func notes(extending begun: TrainingPlan, from state: TrainingState, in file: String) throws -> [String] {
    guard state.selection.collapse == nil else {
      throw MismatchedFile(
        description: "\(file): expected a run that may have more epochs, found one that ended because robust accuracy "
          + "collapsed")
    }
    let there = Set(begun.settings)
    let changed = settings.filter { !there.contains($0) }
    let made = "\(counted(begun.loop.epochs, "epoch", "epochs"))"
    var notes = ["a run of \(made) goes on to have \(loop.epochs): \(Self.text(changed))"]
    let epochs = state.epochs.count
    let isTheSame = changed.count == 1 && (0...epochs).allSatisfy { begun.rate($0) == rate($0) }
    notes.append(
      isTheSame
        ? "the learning rates of its epochs are those of a run of \(loop.epochs) from the start"
        : "the \(counted(epochs, "epoch", "epochs")) made stay as they are; the learning rate, "
          + "\(NumberFormat.significant(Double(begun.rate(epochs)))) here in a run of \(made), goes on from "
          + "\(NumberFormat.significant(Double(rate(epochs)))): a run of \(loop.epochs) from the start is another one")
    return notes
  }

  private func rate(_ epoch: Int) -> Float {
    Float(Double(loop.learningRate) * loop.schedule.factor(atEpoch: Double(epoch), of: loop.epochs))
  }
}
