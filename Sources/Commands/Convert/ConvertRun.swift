internal import Arguments
internal import Compute
internal import Exchange
internal import Networks

/// The form in which `convert` writes a model.
enum ModelForm: String, CaseIterable, ArgumentValue {
  case native, keras, keras3, pytorch
}

/// Writes a model in another tool's form.
struct ConvertRun {
  let model: ModelFile
  let form: ModelForm
  let output: OutputFile
  /// The command line that stands in a model of the lab.
  let command: [String]

  /// - Returns: What a user should know of the file.
  /// - Throws: Where the form cannot hold the model, or the file cannot be written.
  func callAsFunction() throws -> [String] { try write() + vectorNotes }

  private func write() throws -> [String] {
    let (network, parameters) = (model.network, model.parameters)
    switch form {
    case .native:
      let native = try native()
      try native.write(to: output.path)
      if native.probe == nil {
        return ["No image of those tried has finite logits, so the file has no probe: the weights are very large."]
      }
    case .keras: try KerasFormat.write(network, parameters, to: output.path, as: .legacyModel)
    case .keras3:
      try KerasFormat.write(network, parameters, to: output.path, as: output.namesKerasWeights ? .weights : .archive)
    case .pytorch: return try PyTorchFormat.write(network, parameters, to: output.path)
    }
    return []
  }

  /// Whoever reads the file flattens images as the tool does that it is for.
  private var vectorNotes: [String] {
    let order: AxisOrder =
      switch form {
      case .native: model.vectorOrder
      case .keras, .keras3: .channelsLast
      case .pytorch: .channelsFirst
      }
    guard model.network.inputShape.rank == 1, order != model.vectorOrder else { return [] }
    let own = model.vectorOrder == .channelsFirst ? "channels first (C, H, W)" : "channels last (H, W, C)"
    return [
      "The network takes vectors. Colour images must be flattened \(own), which is not the custom of --to "
        + "\(form.rawValue)."
    ]
  }

  /// The model with a probe: whoever loads it later sees whether the engine still gives the same logits.
  private func native() throws -> ModelFile {
    var stream = RandomSource(seed: 0).stream(.check)
    let shape = model.network.inputShape.batched(4)
    let images = Tensor<Float>(shape: shape, scalars: (0..<shape.count).map { _ in stream.uniform() })
    let logits = try CompiledModel(network: model.network, parameters: model.parameters).logits(of: images)
    var provenance = model.provenance
    (provenance.command, provenance.version) = (command, Provenance.programVersion)
    return try ModelFile(
      network: model.network, parameters: model.parameters,
      probe: ModelFile.Probe(finiteRowsOf: images, logits: logits), trainingRecord: model.trainingRecord,
      vectorOrder: model.vectorOrder, provenance: provenance)
  }
}

extension ModelForm {
  /// What a file of this form holds.
  func outputForm(at output: OutputFile) -> OutputForm {
    switch self {
    case .native: .native(.model)
    case .keras: .keras
    case .keras3: output.namesKerasWeights ? .kerasWeights : .kerasArchive
    case .pytorch: .stateDictionary
    }
  }
}

extension OutputFile {
  /// Whether the name asks for the weights alone.
  fileprivate var namesKerasWeights: Bool { path.lowercased().hasSuffix(".weights.h5") }
}
