internal import Arguments
internal import Defences
internal import Exchange
internal import Networks

/// What is put in front of the model.
struct PreprocessorOptions: OptionGroup {
  static let title = "Defence"

  @Option(
    help:
      "A preprocessor in front of the model: \(PreprocessorCatalog.names.joined(separator: ", ")); options as in jpeg:quality=75. Several are applied in the order given.",
    valueName: "name:options", completion: .list(PreprocessorCatalog.names))
  var preprocess: [String] = []
  @Option(help: "Random draws over which the adaptive attack averages its gradient (default: 16).") var samples: Int?
  @Option(help: "Random draws by which a randomised defence is judged (default: 20).") var judgeDraws: Int?

  func validate() throws {
    if let samples { try require((1...10_000).contains(samples), "samples", "1 to 10,000", samples) }
    if let judgeDraws { try require((1...10_000).contains(judgeDraws), "judge-draws", "1 to 10,000", judgeDraws) }
    guard !preprocess.isEmpty || (samples == nil && judgeDraws == nil) else {
      throw ValidationError("--samples and --judge-draws are options of --preprocess.")
    }
    // What is fitted to images waits for them; a wrong word need not.
    for word in preprocess {
      do { _ = try PreprocessorCatalog.method(word) } catch { throw ValidationError("--preprocess: \(error).") }
    }
  }

  /// The preprocessors as one; nil where none was asked for.
  func preprocessor(
    bounds: PixelBox, trainingImages: () throws -> Tensor<Float>
  ) throws -> (any Preprocessor)? {
    guard !preprocess.isEmpty else { return nil }
    let range = try bounds.oneRange(for: "--preprocess")
    let stages = try preprocess.map {
      try PreprocessorCatalog.method($0).preprocessor(bounds: range, trainingImages: trainingImages)
    }
    return stages.count > 1 ? PreprocessorChain(stages) : stages.first
  }
}

/// What is put in front of the model, or beside it.
struct TestedDefenceOptions: OptionGroup {
  static let title = "Defence"

  var preprocessors = PreprocessorOptions()
  @Option(
    help: "A detector beside the model: \(DetectorCatalog.names.joined(separator: ", ")).", valueName: "name:options",
    completion: .list(DetectorCatalog.names))
  var detector: String?

  func validate() throws {
    guard preprocessors.preprocess.isEmpty || detector == nil else {
      throw ValidationError("Give either --preprocess or --detector.")
    }
    if let detector {
      do { _ = try DetectorCatalog.method(detector) } catch { throw ValidationError("--detector: \(error).") }
    }
  }
}

extension Dataset {
  /// What a network is asked to be for that sees images behind a preprocessor, which may give them another shape.
  func form(behind preprocessor: (any Preprocessor)?) throws -> DataForm {
    guard let preprocessor else { return form }
    guard imageShape.rank == 3 else {
      throw ValidationError(
        "--preprocess: expected a network that takes images, found one that takes \(imageShape.examples).")
    }
    let draw = Draw(random: RandomSource(seed: 0))
    let seen = try preprocessor.apply(images.examples(0..<1), draw: draw)
    return DataForm(imageShape: seen.shape.example, classCount: classCount)
  }
}
