public import Attacks
public import Networks
public import Training

/// How robust accuracy is measured while a network is trained.
public struct ValidationAttack: Hashable, Sendable {
  /// The steps of projected gradient descent; at least 1.
  public var steps = 10
  /// At most so many images are attacked.
  public var count = 1000

  /// Ten steps on at most 1000 images.
  public init() {}

  /// Creates settings.
  public init(steps: Int = ValidationAttack().steps, count: Int = ValidationAttack().count) {
    (self.steps, self.count) = (steps, count)
  }
}

/// Robust accuracy under a cheap attack, on images that are not learnt from. The best epoch is chosen by it.
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
    _ validation: any TrainingImages, count: Int, threat: ThreatModel, steps: Int, seed: UInt64, workers: Workers
  ) throws {
    let taken = min(max(count, 1), validation.count)
    examples = try validation.gathering((0..<taken).map { $0 * validation.count / taken })
    self.threat = threat
    attack = ProjectedGradient(steps: steps)
    var evaluator = Evaluator()
    evaluator.workers = workers
    evaluator.batchSize = 64
    evaluator.random = RandomSource(seed: seed)
    self.evaluator = evaluator
  }

  /// That of a run of training; nil where there are no images, no attacker, or nothing to measure with.
  init?(
    _ validation: (any TrainingImages)?, against attacker: TrainingThreat?, pixels: PixelBox,
    by attack: ValidationAttack?, seed: UInt64, workers: Workers
  ) throws {
    guard let validation, let attacker, let attack else { return nil }
    try self.init(
      validation, count: attack.count,
      threat: ThreatModel(norm: attacker.norm, radius: attacker.radius, bounds: pixels), steps: attack.steps,
      seed: seed, workers: workers)
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
