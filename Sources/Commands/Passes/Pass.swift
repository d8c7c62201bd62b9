internal import Exchange
internal import Networks

/// The model, the data and the result of `predict` or `gradient`.
struct Pass {
  let model: LoadedModel
  let data: Dataset
  let logits: Tensor<Float>
  /// The losses and their gradient at every image, where they were asked for.
  var losses: (values: [Double], gradient: Tensor<Float>)?
  let seconds: Double

  /// The origin of what is written.
  func provenance(_ command: [String], _ seed: UInt64) -> Provenance {
    Provenance(command: command, seed: seed, modelSHA256: model.file.sha256, dataSHA256: data.sha256)
  }
}
