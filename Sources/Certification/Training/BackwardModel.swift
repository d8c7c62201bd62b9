import Networks
import Training

/// A `BackwardNetwork` of a model that is trained, on the same engine: CROWN bounds of margins, with the bounds of inner
/// neurons by intervals (CROWN-IBP).
struct BackwardModel: Sendable {
  private let rows: BackwardRows
  private let network: BackwardNetwork
  private let model: any TrainableClassifier

  /// Images at a time: each takes a row of relaxations for every class but its label's.
  private static let partSize = 16

  /// Prepares it for a model.
  ///
  /// - Parameters:
  ///   - model: The model, for its engine.
  ///   - parameters: Weights of the network of which the bounds are.
  ///   - intervals: The network of its intervals, which has the bounds of all neurons that ReLUs read among its outputs.
  ///   - pixels: The values a pixel may have.
  /// - Throws: `NetworkError` where backward bounds do not pass through the model's network.
  init(
    of model: some TrainableClassifier, parameters: Parameters, intervals: IntervalNetwork, pixels: ClosedRange<Float>
  ) throws {
    network = try BackwardNetwork(of: intervals.base)
    rows = BackwardRows(layout: network.layout, intervals: intervals, pixels: pixels)
    self.model = try model.model(
      of: network.derived.network, parameters: network.derived.parameters(from: parameters, radius: 0))
  }

  /// Backward bounds of the margins, and the gradients of a loss of them.
  struct Bounds {
    /// `[N, K]`; 0 for the label itself.
    let margins: Tensor<Float>
    /// The gradient at the outputs of the intervals, through the relaxations.
    let outputs: Tensor<Float>
    /// The gradient at the classifier's parameters.
    let parameters: Parameters
  }

  /// Bounds and gradients of a mini-batch.
  ///
  /// - Parameters:
  ///   - parameters: The weights of the classifier.
  ///   - batch: The mini-batch.
  ///   - outputs: The intervals of its images.
  ///   - radius: ε.
  ///   - workers: Threads.
  ///   - loss: The gradient of the loss at the margins of some of the images, `[n, K]`, from the margins.
  /// - Returns: The bounds.
  /// - Throws: What the engine throws.
  func bounds(
    at parameters: Parameters, over batch: Minibatch, outputs: Tensor<Float>, radius: Float, workers: Workers,
    loss: @Sendable (_ margins: Tensor<Float>, _ images: Range<Int>) -> Tensor<Float>
  ) throws -> Bounds {
    let derived = try network.derived.parameters(from: parameters, radius: radius)
    model.updateParameters { $0 = derived }
    let ranges = shardRanges(count: batch.examples.count, size: Self.partSize)
    let parts = ranges.map { range in
      BackwardRows.Part(
        images: batch.examples.images.examples(range), labels: Array(batch.examples.labels[range]),
        outputs: outputs.examples(range), radius: radius)
    }
    let results = try workers.map(parts.count) { index in
      let part = parts[index]
      let pass = try model.pullback(at: rows.inputs(part)) { values, _ in Tensor(shape: values.shape, repeating: 1) }
      let margins = rows.margins(pass.logits, part)
      let slopes = loss(margins, ranges[index])
      return (margins: margins, slopes: slopes, outputs: rows.pullback(pass.gradient, slopes: slopes, part))
    }
    var total = Parameters()
    for (part, result) in zip(parts, results) {
      try addWeightGradients(part, slopes: result.slopes, context: batch.context, to: &total)
    }
    return Bounds(
      margins: .concatenating(results.map(\.margins)), outputs: .concatenating(results.map(\.outputs)),
      parameters: network.derived.pullback(total, at: parameters))
  }

  /// The relaxations' own derivatives are known for every bound by itself; those of the weights only as a sum.
  private func addWeightGradients(
    _ part: BackwardRows.Part, slopes: Tensor<Float>, context: TrainingContext, to total: inout Parameters
  ) throws {
    let inputs = rows.inputs(part)
    let cotangent = rows.cotangent(slopes, part)
    let context = TrainingContext(
      seed: context.seed, step: context.step, exampleIDs: Array(0..<inputs.exampleCount))
    let pass = try model.trainingPass(at: inputs, context: context) { cotangent.examples($1) }
    for (key, gradient) in pass.gradients.tensors {
      total.tensors[key] = total.tensors[key]?.adding(gradient) ?? gradient
    }
  }
}
