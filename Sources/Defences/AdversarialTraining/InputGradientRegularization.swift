public import Hyperparameters
public import Networks
public import Training

/// Plain training with a penalty on the length of the loss' input gradient.
///
///     L = CE(z(x), y) + weight · ‖∇ₓ CE(z(x), y)‖₂²
///
/// Ross and Doshi-Velez, *Improving the adversarial robustness and interpretability of deep neural networks by regularizing
/// their input gradients*, arXiv 1711.09404.
///
/// The penalty's gradient is 2 · weight · Hg, with g the input gradient and H the mixed derivatives by input and weights. As
/// in `GradientAlignment` it is taken as a difference of weight gradients along g, over ± `difference` pixel units in g's
/// largest coordinate: exact up to the square of the difference for smooth networks, and up to single-precision rounding
/// over the difference, some 1e-7 / 1e-3 of a weight gradient. For ReLUs it sees the kinks within that distance, which
/// back-propagating twice does not. This asks for a network that is the same in training and in inference: without batch
/// normalisation and dropout.
public struct InputGradientRegularization: TrainingObjective, TrainingDefence {
  /// Name, title and source.
  public static let method = Method(
    name: "input-gradient", title: "Input-gradient regularisation",
    summary: "A penalty on the length of the input gradient, for networks without batch normalisation.",
    citation: "Ross and Doshi-Velez, arXiv 1711.09404")

  /// The weight of the penalty.
  public var weight: Float = 1
  /// Half the distance over which weight gradients are compared.
  public var difference: Float = 1e-3
  /// Threads of the input gradients.
  public var workers = Workers(count: 1)

  /// All of them.
  public static let hyperparameters: [Hyperparameter<InputGradientRegularization>] = [
    .penalty(\.weight), .difference(\.difference),
  ]

  /// The defaults.
  public init() {}

  /// The square of an input gradient is in units of 1 / pixels², the difference in pixels.
  public mutating func scale(toPixelsOfWidth width: Float) {
    weight = weight * width * width
    difference *= width
  }

  /// Itself.
  public func makeObjective(
    bounds: ClosedRange<Float>, sources: [any DifferentiableClassifier], workers: Workers
  ) -> any TrainingObjective {
    InputGradientRegularization(weight: weight, difference: difference, workers: workers)
  }

  /// Creates the objective.
  public init(
    weight: Float = InputGradientRegularization().weight,
    difference: Float = InputGradientRegularization().difference, workers: Workers = Workers(count: 1)
  ) {
    self.weight = weight
    self.difference = difference
    self.workers = workers
  }

  /// One pass over three versions of the mini-batch: the images, and these moved along their gradients both ways.
  public func pass(through model: some TrainableClassifier, over batch: Minibatch) throws -> ObjectivePass {
    try batch.requireUnmixed(for: "gradient regularisation")
    try model.network.requireSameInTraining(for: "gradient regularisation")
    let examples = batch.examples
    let gradient = try workers.images(for: examples) {
      try model.lossGradient(at: $0.images, labels: $0.labels)
    }
    let penalty = gradient.scalars.reduce(0) { $0 + Double($1) * Double($1) }
    return try pass(model, batch, along: gradient, penalty: Double(weight) * penalty)
  }

  private func pass(
    _ model: some TrainableClassifier, _ batch: Minibatch, along gradient: Tensor<Float>, penalty: Double
  ) throws -> ObjectivePass {
    let (images, count) = (batch.examples.images, batch.examples.count)
    let largest = (0..<count).map { row in
      gradient.examples(row..<row + 1).scalars.reduce(0) { max($0, abs($1)) }
    }
    let units = gradient.scalingExamples(by: largest.map { $0 > 0 ? 1 / $0 : 0 })
    let share = 1 / Float(count)
    // d/dw of ‖g‖² is 2 g · dg/dw: largest · (difference of weight gradients) / difference, per example.
    let factors = largest.map { share * weight * $0 / difference }
    let weights = Array(repeating: share, count: count) + factors + factors.map { -$0 }
    let labels = Array(repeatElement(batch.examples.labels, count: 3).joined())
    var context = batch.context
    context.exampleIDs = Array(repeatElement(context.exampleIDs, count: 3).joined())
    let points = [images, images.adding(units, times: difference), images.adding(units, times: -difference)]
    let pass = try model.trainingPass(at: Tensor.concatenating(points), context: context) { logits, rows in
      Loss.crossEntropy(logits, labels: Array(labels[rows])).gradient.scalingExamples(by: Array(weights[rows]))
    }
    let logits = pass.logits.examples(0..<count)
    let loss = Loss.crossEntropy(logits, labels: batch.examples.labels).values.reduce(0) { $0 + Double($1) }
    return ObjectivePass(
      lossSum: loss + penalty, correctCount: zip(logits.argmax(), labels).count { $0 == $1 },
      gradients: pass.gradients, batchStatistics: pass.batchStatistics)
  }
}
