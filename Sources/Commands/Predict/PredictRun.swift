internal import Compute
internal import Exchange
internal import Networks
internal import Reports

/// Computes the logits of a dataset, range by range.
struct PredictRun {
  let model: LoadedModel
  let examples: StoredExamples
  let workers: Workers

  /// Runs the model on all examples.
  ///
  /// - Parameters:
  ///   - progress: Is told what is done.
  ///   - onPart: Takes the logits of each range.
  /// - Returns: What was found.
  /// - Throws: What reading the examples, the model or `onPart` throw.
  func callAsFunction(_ progress: ProgressLine, onPart: (Predictions) throws -> Void) throws -> Pass {
    defer { progress.finish() }
    var pass = Pass(model)
    for range in examples.ranges {
      let data = try examples.examples(range, for: model)
      let logits = try pass.timing { try workers.logits(of: data.images, model.classifier) }
      pass.add(data, logits)
      try onPart(Predictions(logits: logits, labels: data.labels, ids: data.ids, provenance: Provenance()))
      progress.advance(by: range.count)
    }
    return pass
  }

  /// Logits, labels and indices.
  var byteCount: Int { examples.count * (4 * model.classifier.classCount + 16) }
}
