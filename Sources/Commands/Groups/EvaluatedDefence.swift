internal import Arguments
internal import Defences
internal import Exchange
internal import Networks

/// What is put in front of the model, or beside it.
struct EvaluatedDefence: OptionGroup {
  static let title = "Defence"

  @Option(
    help:
      "A preprocessor in front of the model: \(PreprocessorCatalog.names.joined(separator: ", ")); options as in jpeg:quality=75. Several are applied in the order given.",
    valueName: "name:options", completion: .list(PreprocessorCatalog.names))
  var preprocess: [String] = []
  @Option(help: "Random draws over which the adaptive attack averages its gradient (default: 16).") var samples: Int?
  @Option(help: "Random draws by which a randomised defence is judged (default: 20).") var draws: Int?
  @Option(
    help: "A detector beside the model: \(DetectorCatalog.names.joined(separator: ", ")).", valueName: "name:options",
    completion: .list(DetectorCatalog.names))
  var detector: String?

  func validate() throws {
    if let samples { try require((1...10_000).contains(samples), "samples", "1 to 10,000", samples) }
    if let draws { try require((1...10_000).contains(draws), "draws", "1 to 10,000", draws) }
    guard preprocess.isEmpty || detector == nil else {
      throw ValidationError("Give either --preprocess or --detector.")
    }
    guard !preprocess.isEmpty || (samples == nil && draws == nil) else {
      throw ValidationError("--samples and --draws are options of --preprocess.")
    }
    // What is fitted to images waits for them; a wrong word need not.
    for word in preprocess {
      do { try PreprocessorCatalog.validate(word) } catch { throw ValidationError("--preprocess: \(error).") }
    }
  }

  /// The preprocessors as one; nil where none was asked for.
  func preprocessor(
    bounds: ClosedRange<Float>, trainingImages: () throws -> Tensor<Float>
  ) throws -> (any Preprocessor)? {
    let stages = try preprocess.map {
      try PreprocessorCatalog.preprocessor($0, bounds: bounds, trainingImages: trainingImages)
    }
    return stages.count > 1 ? PreprocessorChain(stages) : stages.first
  }
}

extension EvaluateCommand {
  /// What is put in front of the model for some data; nil where nothing is.
  func preprocessor(for dataset: Dataset) throws -> (any Preprocessor)? {
    try defence.preprocessor(bounds: dataset.pixelRange) { try data.load(reading, whole: "train").images }
  }
}

extension Dataset {
  /// What a network is asked to be for that sees images behind a preprocessor, which may give them another shape.
  func form(behind preprocessor: (any Preprocessor)?) throws -> DataForm {
    guard let preprocessor else { return form }
    let draw = Draw(random: RandomSource(seed: 0))
    let seen = try preprocessor.apply(images.examples(0..<1), draw: draw)
    return DataForm(imageShape: seen.shape.example, classCount: classCount)
  }
}

extension DefendedModel {
  /// The defence asked for in front of the model; nil where there is none.
  init?(_ command: EvaluateCommand, _ model: LoadedModel, _ preprocessor: (any Preprocessor)?) throws {
    let options = command.defence
    guard let preprocessor else { return nil }
    try self.init(
      preprocessor, before: model.classifier, samples: options.samples ?? 16, draws: options.draws ?? 20,
      random: RandomSource(seed: command.execution.seed))
  }
}
