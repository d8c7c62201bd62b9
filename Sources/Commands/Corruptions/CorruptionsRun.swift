internal import Attacks
internal import Compute
internal import Defences
internal import Exchange
internal import Networks

/// A model, and a baseline where there is one, under the families of a suite.
struct CorruptionsRun {
  let model: LoadedModel
  let baseline: LoadedModel?
  let dataPath: String
  /// Whether the data was named, and is not what ships with the lab.
  let isDataGiven: Bool
  let data: Dataset
  let suite: CorruptionSuite
  /// Whether the suite was chosen by the number of channels.
  let isSuiteFitted: Bool
  let severities: [Severity]
  private let set: EvaluationSet

  /// Reads models and data.
  ///
  /// - Throws: `MismatchedFile` for vectors, which have no corruptions.
  init(_ command: CorruptionsCommand) throws {
    (dataPath, isDataGiven) = (try command.data.path(), command.data.data != nil)
    (model, data) = try command.model.load(command.reading, with: command.data)
    try model.check(data)
    let shape = data.imageShape
    guard shape.rank == 3 else {
      throw MismatchedFile(
        description: "\(dataPath): expected images with rows and columns, which corruptions change, found vectors of "
          + "\(shape)")
    }
    baseline = try command.baseline.map { [data, model] path in
      let other = try LoadedModel(ModelRequest(path: path, data: data.form), command.reading.reader(), model.engine)
      try other.checkIsLike(model)
      return other
    }
    isSuiteFitted = command.suite == nil
    suite = CorruptionSuite(command.suite ?? CorruptionSuite.Name(channels: shape[0]), jpeg: JPEGCompression())
    severities = command.severities.severities
    set = try EvaluationSet(images: data.images, labels: data.labels, ids: data.ids)
  }

  /// The results of the model and the baseline; nil where the evaluator was interrupted.
  func callAsFunction(by evaluator: Evaluator) throws -> (own: CorruptionResult, baseline: CorruptionResult?)? {
    let models = [model.classifier] + [baseline?.classifier].compactMap { $0 }
    let found = try evaluator.corruptions(
      of: suite, severities: severities, on: set, bounds: data.pixelRange, models: models)
    guard let own = found?.first else { return nil }
    return (own, baseline == nil ? nil : found?.last)
  }

  /// What makes numbers incomparable with published ones.
  var remarks: [String] { (suite.families + suite.extras).compactMap(\.remark) }
}
