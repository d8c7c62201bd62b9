public import Networks

/// What a universal change does to some images.
public struct UniversalEvaluation: Sendable {
  /// The images with the change, and what was found out about each.
  public let found: EvaluatedCandidates
  /// The same images with a random change of the same size.
  public let random: Evaluation
}

extension Evaluation {
  /// The share of right answers to the changed images, whatever the answers were without the change.
  public var changedAccuracy: Proportion {
    Proportion(hits: examples.count { $0.adversarialPrediction == $0.label }, count: examples.count)
  }

  /// The share of the images whose predicted class changes, right or wrong as it may have been.
  public var foolingRate: Proportion {
    let predicted = examples.filter { $0.cleanPrediction != nil }
    return Proportion(
      hits: predicted.count { $0.adversarialPrediction != $0.cleanPrediction }, count: predicted.count)
  }
}

extension Evaluator {
  /// Fits a universal change, with the randomness and the threads of the evaluator.
  ///
  /// - Parameters:
  ///   - attack: The attack.
  ///   - set: The images of the fit.
  ///   - threat: What the attacker may do.
  ///   - model: The model.
  /// - Returns: The change; nil where the evaluator was cancelled.
  /// - Throws: `AttackError` where the attack can't be run as asked; what the model throws.
  public func fit(
    _ attack: any UniversalAttack, on set: EvaluationSet, threat: ThreatModel, model: any DifferentiableClassifier
  ) throws -> (any UniversalChange)? {
    try attack.validate(threat: threat, images: set.images.shape.example, classCount: model.classCount)
    var run = FitRun()
    (run.random, run.workers) = (random, workers)
    run.onProgress = { [isCancelled, onProgress, part] share in
      if isCancelled() { throw Cancellation() }
      var progress = EvaluationProgress(examplesTotal: 0)
      (progress.passesDone, progress.passesTotal, progress.part) = (share, 1, part)
      onProgress?(progress)
    }
    do {
      return try attack.fit(on: set, threat: threat, model: model, run: run)
    } catch is Cancellation {
      return nil
    }
  }

  /// Makes a universal change, and a random one, to the images of a set, and shows them to a model. Images that are
  /// misclassified without the change get it too.
  ///
  /// - Parameters:
  ///   - change: The change.
  ///   - set: The images.
  ///   - threat: What it had to keep to.
  ///   - budget: Whether that is a radius.
  ///   - model: The model.
  /// - Returns: What was found; nil where the evaluator was cancelled.
  /// - Throws: What the model throws.
  public func evaluate(
    _ change: any UniversalChange, on set: EvaluationSet, threat: ThreatModel, budget: Budget, model: any Classifier
  ) throws -> UniversalEvaluation? {
    var judge = quiet
    judge.attacksMisclassified = true
    func evaluation(_ points: Tensor<Float>) throws -> Evaluation? {
      let found = try judge.verify(
        points, of: set, threat: threat, budget: budget, limits: change.limits, model: model)
      return found.isComplete ? found : nil
    }
    let points = change.made(to: set)
    guard let own = try evaluation(points), let other = try evaluation(change.randomized(by: random).made(to: set))
    else { return nil }
    return UniversalEvaluation(found: EvaluatedCandidates(evaluation: own, images: points), random: other)
  }
}
