internal import Compute
internal import Exchange
internal import Networks

/// Computes the logits of a dataset.
struct PredictRun {
  let model: LoadedModel
  let data: Dataset
  let workers: Workers

  func callAsFunction() throws -> Pass {
    let start = ContinuousClock.now
    let logits = try workers.logits(of: data.images, model.classifier)
    return Pass(model: model, data: data, logits: logits, seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  /// Logits, labels and indices.
  var byteCount: Int { data.count * (4 * model.classifier.classCount + 16) }
}

extension Pass {
  /// Writes the logits.
  func writePredictions(to path: String, _ provenance: Provenance) throws {
    try Predictions(logits: logits, labels: data.labels, ids: data.ids, provenance: provenance).write(to: path)
  }
}
