public import Networks
import Training

/// What a pass reads beside logits and margins by intervals.
public enum BoundDetail: Sendable {
  /// Nothing.
  case margins
  /// The intervals of the input and of all neurons that ReLUs read.
  case inner
  /// Those, and backward bounds of the margins.
  case backward
}

/// An `IntervalNetwork` of a model that is trained, on the same engine. That of a network with batch normalisations is of
/// the network without them (`NormalizedPass`).
public struct IntervalModel: Sendable {
  /// The classifier.
  let classifier: Network
  /// The network of logits and margins.
  public let intervals: IntervalNetwork
  /// What it can be asked for.
  let detail: BoundDetail
  private let model: any TrainableClassifier
  private let backward: BackwardModel?
  private let normalized: NormalizedPass?
  private let workers: Workers

  /// Prepares it for a model.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - pixels: The values a pixel may have.
  ///   - detail: What passes read beside logits and margins.
  ///   - workers: Threads of passes forward.
  /// - Throws: `NetworkError` where bounds do not pass through the model's network, or where inner bounds are wanted and
  ///   it has no ReLU.
  public init(
    of model: some TrainableClassifier, pixels: ClosedRange<Float>, detail: BoundDetail = .margins,
    workers: Workers = Workers(count: 1)
  ) throws {
    classifier = model.network
    normalized = classifier.isBatchNormalized ? try NormalizedPass(of: model) : nil
    let (network, folded) = try classifier.foldingBatchNormalization(model.parameters)
    let parameters = folded.products
    let inner = detail == .margins ? [] : [network.normalizedInput] + network.rectifiedNodes
    guard inner.count != 1 else {
      throw NetworkError(
        node: network.nodes[network.outputIndex].name,
        expected: "ReLUs, for backward bounds and regularisers (regularization=0 does without)",
        found: "a network without any")
    }
    intervals = try IntervalNetwork(of: network, pixels: pixels, inner: inner)
    self.model = try model.model(
      of: intervals.network, parameters: intervals.parameters(from: parameters, radius: 0))
    backward =
      detail == .backward
      ? try BackwardModel(of: model, parameters: parameters, intervals: intervals, pixels: pixels) : nil
    (self.detail, self.workers) = (detail, workers)
  }

  /// The gradient of the mean loss of a mini-batch. An image counts as correct where the bounds prove, up to rounding, that
  /// every image of its box gets the label.
  ///
  /// - Parameters:
  ///   - parameters: The weights of the classifier.
  ///   - batch: The mini-batch; its images are the middle of the boxes.
  ///   - radius: ε.
  ///   - loss: Of logits and margins.
  ///   - regularization: The weight of `BoundRegularizer`, which needs inner bounds.
  ///   - backwardShare: The share of backward bounds in the margins, which needs them; the rest are intervals.
  /// - Returns: The pass.
  /// - Throws: `NetworkError` where the weights are not those of the classifier; what the engine throws.
  func pass(
    at parameters: Parameters, over batch: Minibatch, radius: Float, loss: IntervalLoss, regularization: Float = 0,
    backwardShare: Float = 0
  ) throws -> ObjectivePass {
    guard let normalized else {
      return try boundPass(
        at: parameters, over: batch, radius: radius, loss: loss, regularization: regularization,
        backwardShare: backwardShare)
    }
    return try normalized.pass(at: parameters, over: batch, cleanWeight: loss.cleanWeight) { folded in
      try boundPass(
        at: folded, over: batch, radius: radius, loss: IntervalLoss(cleanWeight: 0, worstWeight: loss.worstWeight),
        regularization: regularization, backwardShare: backwardShare)
    }
  }

  /// The same of a network without batch normalisations.
  private func boundPass(
    at parameters: Parameters, over batch: Minibatch, radius: Float, loss: IntervalLoss, regularization: Float,
    backwardShare: Float
  ) throws -> ObjectivePass {
    let derived = try intervals.parameters(from: parameters, radius: radius)
    model.updateParameters { $0 = derived }
    guard regularization > 0 || backwardShare > 0 else { return try pass(at: parameters, over: batch, loss: loss) }
    let outputs = try workers.images(for: batch.examples) { try model.logits(of: $0.images) }
    var (result, gradient) =
      if backwardShare > 0, let backward {
        try blend(outputs, backward, backwardShare, at: parameters, over: batch, radius: radius, loss: loss)
      } else { evaluate(outputs, labels: batch.examples.labels, loss: loss) }
    if regularization > 0 {
      let value = BoundRegularizer(nodes: intervals.inner)(
        outputs, weight: Double(regularization), addingTo: &gradient)
      result.lossSum += Double(regularization) * value * Double(batch.examples.count)
    }
    let whole = gradient
    let pass = try model.trainingPass(at: batch.examples.images, context: batch.context) { whole.examples($1) }
    for (key, gradient) in intervals.pullback(pass.gradients, at: parameters).tensors {
      result.gradients.tensors[key] = result.gradients.tensors[key]?.adding(gradient) ?? gradient
    }
    return result
  }

  /// A loss of every image by itself, in one pass.
  private func pass(at parameters: Parameters, over batch: Minibatch, loss: IntervalLoss) throws -> ObjectivePass {
    let labels = batch.examples.labels
    let share = 1 / Float(labels.count)
    let pass = try model.trainingPass(at: batch.examples.images, context: batch.context) { outputs, rows in
      evaluate(outputs, labels: Array(labels[rows]), loss: loss, share: share).gradient
    }
    var result = evaluate(pass.logits, labels: labels, loss: loss).pass
    result.gradients = intervals.pullback(pass.gradients, at: parameters)
    return result
  }

  /// The loss of margins by intervals, and the gradient of its mean at the outputs.
  private func evaluate(
    _ outputs: Tensor<Float>, labels: [Int], loss: IntervalLoss, share: Float? = nil
  ) -> (pass: ObjectivePass, gradient: Tensor<Float>) {
    let margins = intervals.margins(in: outputs, labels: labels)
    let (values, logitGradient, marginGradient) = loss(
      logits: intervals.logits(in: outputs), margins: margins, labels: labels)
    let gradient = intervals.cotangent(logits: logitGradient, margins: marginGradient, labels: labels)
    return (ObjectivePass(values, verified: margins), gradient.scaled(by: share ?? 1 / Float(labels.count)))
  }

  /// The loss of (1 − s) of the margins by intervals and s of those by backward bounds; gradients at the outputs, and,
  /// through the backward bounds, at the parameters.
  private func blend(
    _ outputs: Tensor<Float>, _ backward: BackwardModel, _ share: Float, at parameters: Parameters,
    over batch: Minibatch, radius: Float, loss: IntervalLoss
  ) throws -> (pass: ObjectivePass, gradient: Tensor<Float>) {
    let (labels, perImage) = (batch.examples.labels, 1 / Float(batch.examples.count))
    let (logits, own) = (intervals.logits(in: outputs), intervals.margins(in: outputs, labels: labels))
    let bounds = try backward.bounds(
      at: parameters, over: batch, outputs: outputs, radius: radius, workers: workers
    ) { margins, images in
      let blended = own.examples(images).scaled(by: 1 - share).adding(margins, times: share)
      return loss(logits: logits.examples(images), margins: blended, labels: Array(labels[images])).margins
        .scaled(by: share * perImage)
    }
    let margins = own.scaled(by: 1 - share).adding(bounds.margins, times: share)
    let (values, logitGradient, marginGradient) = loss(logits: logits, margins: margins, labels: labels)
    var result = ObjectivePass(values, verified: margins)
    result.gradients = bounds.parameters
    let gradient = intervals.cotangent(
      logits: logitGradient.scaled(by: perImage), margins: marginGradient.scaled(by: (1 - share) * perImage),
      labels: labels)
    return (result, gradient.adding(bounds.outputs))
  }
}

extension Network {
  fileprivate var isBatchNormalized: Bool {
    nodes.contains { if case .batchNormalization = $0.operation { true } else { false } }
  }
}

extension ObjectivePass {
  /// Losses, and how many rows of margins `[N, K]` are above 0 but for that of the label over itself.
  fileprivate init(_ losses: [Float], verified margins: Tensor<Float>) {
    let classes = margins.exampleSize
    self.init(
      lossSum: losses.reduce(0) { $0 + Double($1) },
      correctCount: losses.indices.count { row in
        margins.scalars[row * classes..<(row + 1) * classes].count { $0 > 0 } == classes - 1
      }, gradients: Parameters(), batchStatistics: Parameters())
  }
}
