internal import Arguments
internal import Compute
internal import Exchange
internal import Networks

/// The tool, or the kind of file, that `convert` writes a model for.
enum ConversionTarget: String, CaseIterable, ArgumentValue {
  case native, keras, keras3, pytorch, onnx, json
}

/// Writes a model in another tool's form.
struct ConvertRun {
  let model: ModelFile
  let form: ModelForm
  let output: OutputFile
  /// The command line that is recorded in a model of the lab.
  let command: [String]

  /// - Returns: What a user should know of the file.
  /// - Throws: Where the form cannot hold the model, or the file cannot be written.
  func callAsFunction() throws -> [String] { try write() + vectorNotes }

  private func write() throws -> [String] {
    guard form == .native else { return try form.write(model.network, model.parameters, to: output.path) }
    let native = try native()
    try native.write(to: output.path)
    return native.probe == nil
      ? ["No image of those tried has finite logits, so the file has no probe: the weights are very large."] : []
  }

  /// A warning where the tool that the file is for flattens images in another order than the network expects.
  private var vectorNotes: [String] {
    guard form != .native, model.network.inputShape.rank == 1, form.vectorOrder != model.vectorOrder else { return [] }
    let own = model.vectorOrder == .channelsFirst ? "channels first (C, H, W)" : "channels last (H, W, C)"
    return [
      "The network takes vectors. Colour images must be flattened \(own), which is not the custom of those who use "
        + "\(form.title)."
    ]
  }

  /// The model with a probe: whoever loads it later sees whether the engine still gives the same logits.
  private func native() throws -> ModelFile {
    var stream = RandomSource(seed: 0).stream(.check)
    let shape = model.network.inputShape.batched(4)
    let images = Tensor<Float>(shape: shape, scalars: (0..<shape.count).map { _ in stream.uniform() })
    let logits = try OneDNNEngine().model(of: model.network, parameters: model.parameters).logits(of: images)
    var provenance = model.provenance
    (provenance.command, provenance.version) = (command, Provenance.programVersion)
    return try ModelFile(
      network: model.network, parameters: model.parameters,
      probe: ModelFile.Probe(finiteRowsOf: images, logits: logits), trainingRecord: model.trainingRecord,
      vectorOrder: model.vectorOrder, provenance: provenance)
  }
}

extension ConversionTarget {
  /// The form of a file of this kind, of which its name may choose one.
  func form(at output: OutputFile) -> ModelForm {
    let forms: [ModelForm] =
      switch self {
      case .native: [.native]
      case .keras: [.kerasModel]
      case .keras3: [.kerasArchive, .kerasWeights]
      case .pytorch: [.stateDictionary, .safetensors, .torchArchive]
      case .onnx: [.onnx]
      case .json: [.json]
      }
    return forms.first { output.ends(like: $0) } ?? forms[0]
  }

  /// What a file's name asks for; nil where several kinds end like it, or none.
  init?(nameOf output: OutputFile) {
    let target: ConversionTarget? =
      switch ModelForm.allCases.first(where: { output.ends(like: $0) && !$0.isPlainHDF5 }) {
      case .kerasArchive, .kerasWeights: .keras3
      case .safetensors, .torchArchive: .pytorch
      case .onnx: .onnx
      case .json: .json
      case .native, .kerasModel, .stateDictionary, nil: nil
      }
    guard let target else { return nil }
    self = target
  }
}
