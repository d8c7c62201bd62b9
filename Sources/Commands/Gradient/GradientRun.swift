internal import Exchange
internal import Networks
internal import Reports

/// Computes the gradient of a loss at every image of a dataset, range by range.
struct GradientRun {
  let model: LoadedModel
  let examples: StoredExamples
  let loss: Loss
  let workers: Workers

  /// Runs the model on all examples.
  ///
  /// - Parameters:
  ///   - progress: Is told what is done.
  ///   - onPart: Takes the gradients of each range.
  /// - Returns: What was found.
  /// - Throws: What reading the examples, the model or `onPart` throw.
  func callAsFunction(_ progress: ProgressLine, onPart: (Gradients) throws -> Void) throws -> Pass {
    defer { progress.finish() }
    var pass = Pass(model)
    for range in examples.ranges {
      let data = try examples.examples(range, for: model)
      let (logits, gradient) = try pass.timing { try workers.gradients(of: loss, data, model.classifier) }
      let values = loss(logits, labels: data.labels).values.map(Double.init)
      pass.add(data, logits, losses: (values, gradient))
      try onPart(
        Gradients(
          gradient: gradient, losses: values, labels: data.labels, ids: data.ids, loss: loss.description,
          provenance: Provenance()))
      progress.advance(by: range.count)
    }
    return pass
  }

  /// Gradients, losses, labels and indices.
  var byteCount: Int { examples.count * (4 * examples.form.imageShape.count + 24) }
}
