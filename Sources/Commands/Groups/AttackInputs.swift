internal import Arguments
internal import Attacks
internal import Compute
internal import Defences
internal import Exchange
internal import Networks

/// What attacks are run on: all examples of a subject, or some of them.
struct AttackInputs {
  let subject: AttackSubject
  /// The examples that are attacked.
  let data: Dataset
  let set: EvaluationSet

  /// Examples of a subject.
  init(_ subject: AttackSubject, _ selection: TargetSelection) throws {
    self.subject = subject
    data = selection.data
    set = try EvaluationSet(
      images: selection.data.images, labels: selection.data.labels, ids: selection.data.ids,
      targets: selection.targets)
  }

  /// Reads model and all data, and chooses the targets. Without a choice of precision every gradient is computed directly.
  init(
    model: ModelOptions, data: DataOptions, preprocessors: PreprocessorOptions, targets: TargetChoice? = nil,
    precision: PrecisionOptions? = nil, _ reading: ReadingOptions, _ execution: RunOptions
  ) throws {
    self = try AttackSubject(
      model: model, data: data, preprocessors: preprocessors, targets: targets, precision: precision, reading, execution
    ).inputs()
  }

  /// The same without some of the examples.
  func gathering(_ rows: [Int]) -> AttackInputs { AttackInputs(rows, of: self) }

  private init(_ rows: [Int], of whole: AttackInputs) {
    subject = whole.subject
    (data, set) = (whole.data.selecting(rows), whole.set.gathering(rows))
  }

  var model: LoadedModel { subject.model }
  /// The model behind a preprocessor; nil without one.
  var defended: DefendedModel? { subject.defended }
  var dataPath: String { subject.dataPath }
  /// Whether the data was named, and is not what ships with the lab.
  var isDataGiven: Bool { subject.isDataGiven }
  /// Which class a targeted attack aims at; nil where the attacks are untargeted.
  var targets: TargetChoice? { subject.targets }
  var precision: Precision { subject.precision }

  /// What a suite is run against.
  var target: any EvaluationTarget { defended ?? UndefendedModel(model.classifier) }

  /// A ball in the pixel range of the data.
  func threat(_ norm: Norm, _ radius: PixelLength) -> ThreatModel { subject.threat(norm, radius) }

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
