internal import Arguments
internal import Attacks
internal import Compute
internal import Defences
internal import Exchange
internal import Networks

/// What attacks are run on: a model, a preprocessor in front of it where there is one, and the examples.
struct AttackInputs {
  let model: LoadedModel
  /// The model behind a preprocessor; nil without one.
  let defended: DefendedModel?
  let dataPath: String
  /// Whether the data was named, and is not what ships with the lab.
  let isDataGiven: Bool
  /// The examples that are attacked.
  let data: Dataset
  let set: EvaluationSet
  /// Which class a targeted attack aims at; nil where the attacks are untargeted.
  let targets: TargetChoice?
  let precision: Precision

  /// Reads model and data, and chooses the targets. Without a choice of precision every gradient is computed directly.
  init(
    model options: ModelOptions, data dataOptions: DataOptions, preprocessors: PreprocessorOptions,
    targets: TargetChoice? = nil, precision: PrecisionOptions? = nil, _ reading: ReadingOptions, _ execution: RunOptions
  ) throws {
    (self.targets, self.precision) = (targets, precision?.precision ?? .float32)
    (dataPath, isDataGiven) = (try dataOptions.path(), dataOptions.data != nil)
    let stored = try dataOptions.load(reading)
    model = try options.load(
      reading, for: try stored.form(behind: preprocessors), dataDirectory: dataOptions.dataDirectory,
      gradients: precision?.arithmetic ?? .direct)
    let data = try model.input.fitting(stored)
    defended = try preprocessors.defended(model.classifier, for: data, execution.seed) { [model] in
      try dataOptions.load(reading, whole: "train", for: model.input).images
    }
    if let defended { try Self.check(data, defended, model) } else { try model.check(data) }
    let attacked: any DifferentiableClassifier = try defended?.adaptiveTarget() ?? model.classifier
    let selection = try TargetSelection(targets, at: data, attacked, execution)
    self.data = selection.data
    set = try EvaluationSet(
      images: selection.data.images, labels: selection.data.labels, ids: selection.data.ids,
      targets: selection.targets)
  }

  /// Images must be what the preprocessor takes, which need not be what the model takes.
  private static func check(_ data: Dataset, _ defended: DefendedModel, _ model: LoadedModel) throws {
    let expected = try defended.preprocessor.inputShape(producing: model.classifier.inputShape)
    guard expected != model.classifier.inputShape else { return try model.check(data) }
    guard data.imageShape == expected, data.labels.allSatisfy({ $0 < model.classifier.classCount }) else {
      throw MismatchedFile(
        description: "\(data.path): expected images of \(expected) in \(model.classifier.classCount) classes, as "
          + "\(defended.preprocessor) and the model \(model.path) take, found \(data.imageShape)")
    }
  }

  /// The same without some of the examples.
  func gathering(_ rows: [Int]) -> AttackInputs { AttackInputs(rows, of: self) }

  private init(_ rows: [Int], of whole: AttackInputs) {
    (model, defended, dataPath, isDataGiven) = (whole.model, whole.defended, whole.dataPath, whole.isDataGiven)
    (targets, precision) = (whole.targets, whole.precision)
    (data, set) = (whole.data.selecting(rows), whole.set.gathering(rows))
  }

  /// What a suite is run against.
  var target: any EvaluationTarget { defended ?? UndefendedModel(model.classifier) }

  /// A ball in the pixel range of the data.
  func threat(_ norm: Norm, _ radius: PixelLength) -> ThreatModel {
    ThreatModel(norm: norm, radius: radius.value, bounds: data.pixelRange)
  }

  /// Writes adversarial examples with the record of how they were found.
  func write(
    _ found: EvaluatedCandidates, by attacks: [any Attack], record: String, seed: UInt64, to output: OutputFile
  ) throws {
    try write(found, budget: Budget(of: attacks), record: record, seed: seed, to: output)
  }

  /// The same of candidates that are found in another way than by attacks of the catalogue, with the one change that was
  /// made to all images where there is one.
  func write(
    _ found: EvaluatedCandidates, budget: Budget, record: String, change: Tensor<Float>? = nil, seed: UInt64,
    to output: OutputFile
  ) throws {
    guard !found.evaluation.examples.isEmpty, Launch.ranks.isFirst else { return }
    let provenance = Provenance(
      command: commandArguments, seed: seed, modelSHA256: model.file.sha256, dataSHA256: data.sha256)
    try AdversarialSet(
      found, images: cleanImages(of: found.evaluation), attack: record, budget: budget,
      precision: precision, provenance: provenance, change: change, classNames: data.classNames
    ).write(to: output.path)
  }

  /// The images of the examples that were finished.
  private func cleanImages(of evaluation: Evaluation) -> Tensor<Float> {
    guard !evaluation.isComplete else { return data.images }
    let finished = Set(evaluation.examples.map(\.id))
    return data.images.gathering(data.ids.indices.filter { finished.contains(data.ids[$0]) })
  }
}
