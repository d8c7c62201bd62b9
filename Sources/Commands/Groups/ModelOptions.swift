internal import Arguments
internal import Compute
internal import Exchange
internal import Networks

/// Which model.
struct ModelOptions: OptionGroup {
  static let title = "Model"

  @Option(
    help: """
      The model's file: of the lab, Keras, ONNX, or weights alone (default: the network trained on the UCI digits).
      """,
    completion: .file)
  var model: String?
  @Option(help: "\(EngineChoice.help)") var engine: EngineChoice = .onednn
  var weights = WeightOptions()

  func validate() throws {
    guard model != nil || weights.isEmpty else {
      throw ValidationError("--architecture, --map, --input-shape, --classes and --normalize belong to --model.")
    }
  }

  /// The files that are read.
  func inputs(dataDirectory: String?) -> [String] {
    let path = model ?? (try? DataDirectory(given: dataDirectory).file("digits-cnn.h5"))
    return weights.inputs + (path.map { [$0] } ?? [])
  }

  /// Reads the model for some data, and makes it ready to run.
  func load(
    _ reading: ReadingOptions, for data: DataForm, dataDirectory: String?, gradients: GradientArithmetic = .direct
  ) throws -> LoadedModel {
    try source(for: data, dataDirectory: dataDirectory, reading.reader()).load(engine.engine(gradients: gradients))
  }

  /// Where the model for some data is, and who reads it.
  func source(for data: DataForm, dataDirectory: String?, _ reader: Reader) throws -> ModelSource {
    let path = try model ?? DataDirectory(given: dataDirectory).file("digits-cnn.h5")
    return ModelSource(
      request: weights.request(path, for: data), reader: model == nil ? reader.ofShipped(path) : reader)
  }
}

/// A model that is to be read, and who reads it.
struct ModelSource {
  let request: ModelRequest
  let reader: Reader

  /// Reads it and makes it ready to run.
  func load(_ engine: any Engine) throws -> LoadedModel { try LoadedModel(request, reader, engine) }
}

/// What weights alone need beside them.
struct WeightOptions: OptionGroup {
  static let title = "Model"

  @Option(
    help: """
      For weights alone: a built-in architecture, auto for the only one whose names and shapes fit, Keras' \
      model.to_json(), or the lab's own JSON.
      """,
    valueName: "name|file", completion: .listOrFile(["auto"] + Architectures.names))
  var architecture: String?
  @Option(help: "For weights alone: a file that says which tensor is which.", valueName: "file", completion: .file)
  var map: String?
  @Option(
    help: "The images a built-in architecture is made for (default: the data's; without data 1x28x28).",
    valueName: "CxHxW")
  var inputShape: ImageShape?
  @Option(help: "The classes a built-in architecture is made for (default: those of data and weights).")
  var classes: Int?
  @Option(
    help:
      "What images are normalised by before the network sees them: mean=0.4914,0.4822,0.4465,std=0.2471,0.2435,0.2616, one number each, or cifar10, imagenet.",
    valueName: "mean=M,std=S")
  var normalize: PixelNormalization?

  func validate() throws {
    if let classes { try require((1...1_000_000).contains(classes), "classes", "1 to 1,000,000", classes) }
  }

  /// The files that are read; the name of a built-in architecture is mostly none.
  var inputs: [String] { [architecture, map].compactMap { $0 } }

  var isEmpty: Bool {
    architecture == nil && map == nil && inputShape == nil && classes == nil && normalize == nil
  }

  /// What is asked for when the model lies at `path` and is read for some data.
  func request(_ path: String, for data: DataForm? = nil) -> ModelRequest {
    ModelRequest(
      path: path, architecture: architecture, map: map, inputShape: inputShape.map { Shape($0.extents) },
      classCount: classes, normalization: normalize, data: data)
  }
}

extension PixelNormalization: ArgumentValue {
  package init(argument: String) throws {
    try self.init(argument)
  }

  package var argumentText: String { description }
}

extension LoadedModel {
  /// Reads a model and makes it ready to run.
  init(_ request: ModelRequest, _ reader: Reader, _ engine: any Engine) throws {
    try self.init(request, read: reader.model, engine: engine)
  }
}

extension ModelOptions {
  /// The model for the data, whose examples are read when they are needed.
  func load(
    _ reading: ReadingOptions, opening options: DataOptions
  ) throws -> (model: LoadedModel, examples: StoredExamples) {
    let examples = try options.open(reading)
    return (
      try load(reading, for: examples.form, dataDirectory: options.dataDirectory), examples
    )
  }

  /// The model for the data, and the data for the model.
  func load(
    _ reading: ReadingOptions, with options: DataOptions
  ) throws -> (model: LoadedModel, data: Dataset) {
    let (model, examples) = try load(reading, opening: options)
    return (model, try model.input.fitting(examples.all()))
  }
}
