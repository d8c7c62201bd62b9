internal import Exchange
internal import Networks

/// Computes the gradient of a loss at every image of a dataset.
struct GradientRun {
  let model: LoadedModel
  let data: Dataset
  let loss: Loss
  let workers: Workers

  func callAsFunction() throws -> Pass {
    let start = ContinuousClock.now
    let (logits, gradient) = try workers.gradients(of: loss, data, model.classifier)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let values = loss(logits, labels: data.labels).values.map(Double.init)
    return Pass(model: model, data: data, logits: logits, losses: (values, gradient), seconds: seconds)
  }

  /// Gradients, losses, labels and indices.
  var byteCount: Int { data.count * (4 * data.imageShape.count + 24) }
}

extension Pass {
  /// Writes the gradients, where there are any.
  func writeGradients(of loss: Loss, to path: String, _ provenance: Provenance) throws {
    guard let losses else { return }
    try Gradients(
      gradient: losses.gradient, losses: losses.values, labels: data.labels, ids: data.ids, loss: loss.description,
      provenance: provenance
    ).write(to: path)
  }
}
