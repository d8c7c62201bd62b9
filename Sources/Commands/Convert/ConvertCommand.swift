internal import Arguments
internal import Compute
internal import Exchange
internal import Networks
internal import Reports

/// `advlab convert`: models between the lab, Keras and PyTorch.
struct ConvertCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Convert a model for another tool; weights keep every bit.",
    discussion: """
      native: a model of the lab. keras: a whole model in HDF5, for any Keras from 2 on. keras3: a .keras archive, or \
      weights alone where OUT ends in .weights.h5. pytorch: a state dictionary in HDF5.

      EXAMPLES:
        advlab convert model.keras model.h5 --to native
        advlab convert Data/digits-cnn.h5 digits.keras --to keras3
        advlab convert weights.h5 model.h5 --to native --architecture a.json
      """)

  enum Target: String, CaseIterable, ArgumentValue {
    case native, keras, keras3, pytorch
  }

  init() {}

  @Argument(help: "The model's file.", completion: .file) var input: String
  @Argument(help: "Where to write it.", completion: .file) var output: OutputFile
  @Option(help: "The form to write.") var to: Target
  var weights = WeightOptions()
  var reading = ReadingOptions()
  var writing = WritingOptions()
  @Flag(help: "Print one JSON object, and nothing else, on standard output.") var json: Bool

  func run() throws {
    try output.check(suffixFor: form)
    try output.check(form, inputs: [input] + weights.inputs, force: writing.force)
    let (model, readingNotes) = try reading.reader().model(weights.request(input))
    let notes = readingNotes.map(\.description) + (try write(model)) + vectorNotes(model)
    let report = Report(
      input: input, output: output.path, to: to.rawValue, sha256: model.sha256,
      parameters: model.network.parameterCount, notes: notes)
    guard !json else { return try StandardOutput.print(json: report) }
    var heading = Heading()
    heading.add("read", "\(input) (\(NumberFormat.count(report.parameters)) parameters)")
    for note in notes { heading.add("note", note) }
    heading.add("written", "\(output.path), \(to.rawValue)")
    try StandardOutput.print(heading.text())
  }

  private var form: OutputForm {
    switch to {
    case .native: .native(.model)
    case .keras: .keras
    case .keras3: writesWeightsAlone ? .kerasWeights : .kerasArchive
    case .pytorch: .stateDictionary
    }
  }

  private var writesWeightsAlone: Bool { output.path.lowercased().hasSuffix(".weights.h5") }

  /// Writes the model, and returns what a user should know of the writing.
  private func write(_ model: ModelFile) throws -> [String] {
    let (network, parameters) = (model.network, model.parameters)
    switch to {
    case .native:
      let native = try native(model)
      try native.write(to: output.path)
      if native.probe == nil {
        return ["No image of those tried has finite logits, so the file has no probe: the weights are very large."]
      }
    case .keras: try KerasFormat.write(network, parameters, to: output.path, as: .legacyModel)
    case .keras3:
      try KerasFormat.write(network, parameters, to: output.path, as: writesWeightsAlone ? .weights : .archive)
    case .pytorch: return try PyTorchFormat.write(network, parameters, to: output.path)
    }
    return []
  }

  /// Whoever reads the file flattens images as the tool does that it is for.
  private func vectorNotes(_ model: ModelFile) -> [String] {
    let order: AxisOrder =
      switch to {
      case .native: model.vectorOrder
      case .keras, .keras3: .channelsLast
      case .pytorch: .channelsFirst
      }
    guard model.network.inputShape.rank == 1, order != model.vectorOrder else { return [] }
    let own = model.vectorOrder == .channelsFirst ? "channels first (C, H, W)" : "channels last (H, W, C)"
    return [
      "The network takes vectors. Colour images must be flattened \(own), which is not the custom of --to "
        + "\(to.rawValue)."
    ]
  }

  /// The model with a probe: whoever loads it later sees whether the engine still gives the same logits.
  private func native(_ model: ModelFile) throws -> ModelFile {
    var stream = RandomSource(seed: 0).stream(.check)
    let shape = model.network.inputShape.batched(4)
    let images = Tensor<Float>(shape: shape, scalars: (0..<shape.count).map { _ in stream.uniform() })
    let logits = try CompiledModel(network: model.network, parameters: model.parameters).logits(of: images)
    var provenance = model.provenance
    provenance.command = commandArguments
    return try ModelFile(
      network: model.network, parameters: model.parameters,
      probe: ModelFile.Probe(finiteRowsOf: images, logits: logits), trainingRecord: model.trainingRecord,
      vectorOrder: model.vectorOrder, provenance: provenance)
  }

  private struct Report: Encodable {
    let command = "convert"
    let input: String
    let output: String
    let to: String
    let sha256: String
    let parameters: Int
    let notes: [String]
  }
}
