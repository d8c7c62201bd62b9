internal import Arguments
internal import Compute
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
    // Preprocessors that are fitted to images are made once the images are read; wrong words are refused now.
    for word in preprocess {
      do { _ = try PreprocessorCatalog.method(word) } catch { throw ValidationError("--preprocess: \(error).") }
    }
  }

  /// The model behind the preprocessors; nil where none was asked for.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - data: The images that are attacked.
  ///   - seed: That of the random preprocessors.
  ///   - trainingImages: Those that a preprocessor is fitted to which learns from images.
  /// - Returns: The model with its defence.
  /// - Throws: `ValidationError` where channels have ranges of their own, `DefenceError` for images that a preprocessor
  ///   does not take.
  func defended(
    _ model: any DifferentiableClassifier, for data: Dataset, _ seed: UInt64, trainingImages: () throws -> Tensor<Float>
  ) throws -> DefendedModel? {
    guard !preprocess.isEmpty else { return nil }
    let range = try data.pixelRange.oneRange(for: "--preprocess")
    let stages = try methods().map { try $0.preprocessor(bounds: range, trainingImages: trainingImages) }
    let preprocessor = stages.count == 1 ? stages[0] : PreprocessorChain(stages)
    let random = RandomSource(seed: seed)
    // Images that it does not take are refused before the attack.
    _ = try preprocessor.apply(data.images.examples(0..<1), draw: Draw(random: random))
    return try DefendedModel(
      preprocessor, before: model, samples: samples ?? 16, draws: judgeDraws ?? 20, random: random)
  }

  /// The preprocessors before they know of any data.
  fileprivate func methods() throws -> [any PreprocessorMethod] { try preprocess.map(PreprocessorCatalog.method) }
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

extension DataForm {
  /// What a network is asked to be for that sees images behind preprocessors, which may give them another shape.
  func form(behind preprocessors: PreprocessorOptions) throws -> DataForm {
    guard !preprocessors.preprocess.isEmpty else { return self }
    guard imageShape.rank == 3 else {
      throw ValidationError(
        "--preprocess: expected a network that takes images, found one that takes \(imageShape.examples).")
    }
    let seen = try preprocessors.methods().reduce(imageShape) { try $1.outputShape(of: $0) }
    return DataForm(imageShape: seen, classCount: classCount)
  }
}
