public import Attacks
public import Networks
public import Training

/// Accuracy under a cheap attack on images that a model does not learn from: what epochs are chosen by.
///
/// Projected gradient descent with the default step from one random start, the same in every epoch. It is a measure to
/// compare epochs by and no claim of robustness: that takes a stronger attack on other images.
public struct RobustValidation: Sendable {
  /// The images.
  public let examples: LabelledImages
  /// Norm, radius and box.
  public let threat: ThreatModel
  /// The attack.
  public let attack: ProjectedGradient
  private let evaluator: Evaluator

  /// Takes images for validation, evenly from all where there are more than `count`.
  public init(
    _ validation: LabelledImages, count: Int, threat: ThreatModel, steps: Int, seed: UInt64, workers: Workers
  ) {
    let taken = min(max(count, 1), validation.count)
    examples = validation.gathering((0..<taken).map { $0 * validation.count / taken })
    self.threat = threat
    attack = ProjectedGradient(steps: steps)
    var evaluator = Evaluator()
    evaluator.workers = workers
    evaluator.batchSize = 64
    evaluator.random = RandomSource(seed: seed)
    self.evaluator = evaluator
  }

  /// The share of the images that get their label and keep it under the attack.
  public func callAsFunction(_ model: any DifferentiableClassifier) throws -> Double {
    try callAsFunction(model, on: examples)
  }

  /// The same of other images: those of an update, for the guard against collapse.
  public func callAsFunction(_ model: any DifferentiableClassifier, on examples: LabelledImages) throws -> Double {
    let set = try EvaluationSet(images: examples.images, labels: examples.labels, ids: examples.ids)
    return try evaluator.evaluate(attack, on: set, threat: threat, model: model).robustAccuracy.fraction ?? 0
  }
}
