internal import Attacks
internal import Compute
internal import Defences
internal import Exchange
internal import Hyperparameters
internal import Networks
internal import Reports
internal import Training

/// A run of `train`: what it starts from, and every decision about it.
struct TrainRun {
  let inputs: TrainInputs
  let method: TrainingMethod
  let plan: TrainingPlan
  /// The seed of everything random.
  let seed: UInt64
  let workers: Workers

  /// Decides everything.
  ///
  /// - Parameters:
  ///   - method: How to train, with every value that was typed.
  ///   - inputs: What to start from.
  ///   - attack: What measures robust accuracy; nil to measure none.
  ///   - keepsSelection: Whether the choice of an epoch was typed, so that the run refuses where it cannot be made.
  ///   - seed: The seed of everything random.
  ///   - workers: Threads.
  /// - Throws: Where the settings do not fit each other or the images.
  init(
    _ method: TrainingMethod, _ inputs: TrainInputs, attack: ValidationAttack?, keepsSelection: Bool, seed: UInt64,
    workers: Workers
  ) throws {
    (self.inputs, self.method, self.seed, self.workers) = (inputs, method, seed, workers)
    plan = try TrainingPlan(
      method, pixels: inputs.data.properties.pixelRange, sources: inputs.sources.map(\.classifier),
      validation: inputs.validation, attack: attack, keepsSelection: keepsSelection, seed: seed, workers: workers)
  }

  /// The network with its weights, ready to be trained.
  func makeModel() throws -> any TrainableClassifier {
    try OneDNNEngine(workers: workers, gradients: .winograd)
      .model(of: inputs.initial.network, parameters: inputs.initial.parameters)
  }

  /// The number of updates of one epoch.
  var updatesPerEpoch: Int { plan.updatesPerEpoch(imageCount: inputs.training.count) }

  /// What heading and record say.
  var settings: [TrainingSetting] {
    var settings = [TrainingSetting("architecture", .text(inputs.initial.name))] + inputs.initial.settings
    switch method {
    case .plain(let training): settings += training.objective.recordedSettings
    case .defence(let preset):
      settings.append(TrainingSetting("defence", .text(preset.name)))
      settings += preset.defence.recordedSettings
    }
    for source in inputs.sources { settings.append(TrainingSetting("source_model", .text(source.file.sha256))) }
    settings += plan.optimizer.settings + plan.loop.settings
    if let windowSize { settings.append(TrainingSetting("window", .integer(windowSize))) }
    if let robustness = plan.robustness {
      settings.append(TrainingSetting("validation_attack_steps", .integer(robustness.attack.steps)))
      settings.append(TrainingSetting("validation_attack_count", .integer(robustness.examples.count)))
    }
    return settings
  }

  /// The most images that are shuffled together; nil where all are.
  var windowSize: Int? {
    let windows = inputs.training.windows
    guard windows.windowCount > 1, let largest = windows.ranges.map(\.count).max() else { return nil }
    return windows.rangesPerWindow * largest
  }

  /// What a run that goes on must have in common with its checkpoint.
  var checkpointSettings: [TrainingSetting] { settings + inputs.dataSettings }

  /// The hyper-parameters of optimiser and defence with the values that they have where nothing is typed.
  var standardSettings: [TrainingSetting] {
    get throws {
      let optimizer = type(of: plan.optimizer).init().settings
      guard case .defence(let preset) = method else { return optimizer }
      let published = PresetCatalog.all.published(preset)
      return try published.adapted(to: inputs.data.properties.pixelRange).defence.recordedSettings + optimizer
    }
  }

  /// What the state of a run with these settings must be.
  var stateExpectation: StateExpectation {
    StateExpectation(
      network: inputs.initial.network, optimizer: plan.optimizer, loop: plan.loop, updatesPerEpoch: updatesPerEpoch,
      remembers: plan.objective.remembers)
  }
}

extension TrainRun {
  /// The settings in lines of a heading.
  func describe(in heading: inout Heading) {
    switch method {
    case .plain(let training): describe(training, in: &heading)
    case .defence(let preset): describe(preset, in: &heading)
    }
    for note in inputs.initial.notes { heading.add(note) }
    for source in inputs.sources { heading.add("source", source.path) }
    heading.add("optimizer", Self.text(plan.optimizer.settings, leading: true))
    heading.add("training", Self.text(plan.loop.settings))
    if let robustness = plan.robustness {
      heading.add(
        "measured",
        "by PGD-\(robustness.attack.steps) on \(counted(robustness.examples.count, "image", "images")) set apart")
    }
    for omission in plan.omissions { heading.add("note", omission.text) }
  }

  private func describe(_ training: PlainTraining, in heading: inout Heading) {
    guard training.objective != StandardObjective() else { return }
    heading.add("loss", "cross-entropy, \(Self.text(training.objective.recordedSettings))")
  }

  private func describe(_ preset: Preset, in heading: inout Heading) {
    heading.add("defence", "\(preset.name): \(Self.text(preset.method))")
    if let remark = preset.remark { heading.add("", remark) }
    heading.add("", Self.text(preset.defence.recordedSettings))
    if let robustness = plan.robustness { heading.add("threat", robustness.threat.text) }
  }

  /// `one step of 1.25 radii from a random start (arXiv 2001.03994)`: without the authors.
  private static func text(_ method: Method) -> String {
    let summary = method.summary.hasSuffix(".") ? method.summary.dropLast() : method.summary[...]
    let source = (method.citation ?? "").split(separator: ", ").last.map { " (\($0))" } ?? ""
    return summary.prefix(1).lowercased() + summary.dropFirst() + source
  }

  /// `epochs 10, batch size 100`; the leading one without its name.
  static func text(_ settings: [TrainingSetting], leading: Bool = false) -> String {
    settings.enumerated().map { index, setting in
      leading && index == 0
        ? setting.value.text : "\(setting.name.split(separator: "_").joined(separator: " ")) \(setting.value.text)"
    }.joined(separator: ", ")
  }
}

extension TrainingPlan.Omission {
  /// What a user should know of it.
  fileprivate var text: String {
    switch self {
    case .bestRobustEpoch: "no robust accuracy is measured, so the last epoch's weights are written"
    case .collapseGuard: "no robust accuracy is measured, so nothing guards against its collapse"
    }
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
