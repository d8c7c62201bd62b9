internal import Arguments
internal import Attacks
internal import Compute
internal import Defences
internal import Exchange
internal import Networks

/// What is attacked: a model, a preprocessor in front of it where there is one, and the examples, which are read when they
/// are needed.
struct AttackSubject {
  let model: LoadedModel
  /// The model behind a preprocessor; nil without one.
  let defended: DefendedModel?
  let dataPath: String
  /// Whether the data was named, and is not what ships with the lab.
  let isDataGiven: Bool
  /// The examples as they are stored.
  let examples: StoredExamples
  /// Which class a targeted attack aims at; nil where the attacks are untargeted.
  let targets: TargetChoice?
  let precision: Precision
  /// What is known of the first range of the examples, as the model takes them.
  let properties: DatasetProperties
  private let workers: Workers
  private let seed: UInt64

  /// Opens model and data. Without a choice of precision every gradient is computed directly.
  init(
    model options: ModelOptions, data dataOptions: DataOptions, preprocessors: PreprocessorOptions,
    targets: TargetChoice? = nil, precision: PrecisionOptions? = nil, _ reading: ReadingOptions, _ execution: RunOptions
  ) throws {
    (self.targets, self.precision) = (targets, precision?.precision ?? .float32)
    (dataPath, isDataGiven) = (try dataOptions.path(), dataOptions.data != nil)
    (workers, seed) = (execution.workers, execution.seed)
    let (examples, model) = try Self.open(options, dataOptions, preprocessors, precision, reading)
    (self.examples, self.model) = (examples, model)
    let first = try model.input.fitting(examples.examples(examples.ranges[0]))
    properties = first.properties
    defended = try preprocessors.defended(model.classifier, for: first, execution.seed) {
      try dataOptions.load(reading, whole: "train", for: model.input).images
    }
    try check(first)
  }

  private static func open(
    _ options: ModelOptions, _ dataOptions: DataOptions, _ preprocessors: PreprocessorOptions,
    _ precision: PrecisionOptions?, _ reading: ReadingOptions
  ) throws -> (StoredExamples, LoadedModel) {
    guard options.engine == .onednn || precision?.precision ?? .float32 == .float32 else {
      throw ValidationError("--precision: the engine \(options.engine.rawValue) has no bf16 arithmetic.")
    }
    let examples = try dataOptions.open(reading)
    let model = try options.load(
      reading, for: try examples.form.form(behind: preprocessors), dataDirectory: dataOptions.dataDirectory,
      gradients: precision?.arithmetic ?? .direct)
    return (examples, model)
  }

  /// A ball in the pixel range of the data.
  func threat(_ norm: Norm, _ radius: PixelLength) -> ThreatModel {
    ThreatModel(norm: norm, radius: radius.value, bounds: properties.pixelRange)
  }

  /// All examples at once.
  func inputs() throws -> AttackInputs {
    let inputs = try inputs(0..<examples.count)
    try TargetSelection.requireExamples(inputs.data.count)
    return inputs
  }

  /// A range of the examples; of a targeted attack without those of the target class, so that none may be left.
  func inputs(_ range: Range<Int>) throws -> AttackInputs {
    let data = try model.input.fitting(examples.examples(range))
    try check(data)
    let attacked: any DifferentiableClassifier = try defended?.adaptiveTarget() ?? model.classifier
    return try AttackInputs(self, TargetSelection(targets, at: data, attacked, workers, seed: seed))
  }

  /// Images must be what the preprocessor takes, which need not be what the model takes.
  private func check(_ data: Dataset) throws {
    guard let defended else { return try model.check(data) }
    let expected = try defended.preprocessor.inputShape(producing: model.classifier.inputShape)
    guard expected != model.classifier.inputShape else { return try model.check(data) }
    guard data.imageShape == expected, data.labels.allSatisfy({ $0 < model.classifier.classCount }) else {
      throw MismatchedFile(
        description: "\(data.path): expected images of \(expected) in \(model.classifier.classCount) classes, as "
          + "\(defended.preprocessor) and the model \(model.path) take, found \(data.imageShape)")
    }
  }
}
