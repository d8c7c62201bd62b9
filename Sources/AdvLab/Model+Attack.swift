extension Model {
  /// Attacks every example that the model gets right, and checks what is found: adversarial images, with the result of
  /// each.
  ///
  /// - Parameters:
  ///   - attack: The attack; what depends on the radius is filled in.
  ///   - data: The examples.
  ///   - norm: The norm of the ball.
  ///   - eps: Its radius, in stored pixel units.
  ///   - targets: The class each example shall be taken for, in a targeted attack.
  ///   - evaluator: Threads, seed, batch size, query budget, progress and cancellation.
  /// - Returns: The results, as far as they were not cancelled.
  /// - Throws: `AttackError`, `ModelError`, `ThreatModelError`.
  public func attack(
    _ attack: any Attack, on data: Dataset, norm: Norm = .linf, eps: Float, targets: [Int]? = nil,
    by evaluator: Evaluator = .allCores
  ) throws -> EvaluatedCandidates {
    let data = try examples(of: data)
    let threat = ThreatModel(norm: norm, radius: eps, bounds: data.pixelRange)
    return try evaluator.evaluateCandidates(
      of: attack.resolved(for: threat), on: data.evaluationSet(targets: targets), threat: threat, model: classifier)
  }

  /// Runs a suite of attacks within several radii.
  ///
  /// - Parameters:
  ///   - suite: The attacks.
  ///   - data: The examples.
  ///   - norm: The norm of the balls.
  ///   - eps: Their radii, in stored pixel units.
  ///   - preprocessor: What is put in front of the model as a defence; every attack then runs against the bare model and
  ///     against both together.
  ///   - evaluator: Threads, seed, batch size, query budget, progress and cancellation.
  ///   - onEvent: Told of every step.
  /// - Returns: A result for each radius, as far as they were not cancelled.
  /// - Throws: `AttackError`, `ModelError`, `DefenceError`, `ThreatModelError`; what `onEvent` throws.
  public func evaluate(
    _ suite: Suite = .standard, on data: Dataset, norm: Norm = .linf, eps: [Float],
    behind preprocessor: (any Preprocessor)? = nil, by evaluator: Evaluator = .allCores,
    onEvent: (SuiteEvaluation.Event) throws -> Void = { _ in }
  ) throws -> [SuiteResult] {
    let data = preprocessor == nil ? try examples(of: data) : data
    let target: any EvaluationTarget =
      try preprocessor.map { try DefendedModel($0, before: classifier, random: evaluator.random) }
      ?? UndefendedModel(classifier)
    let threats = eps.map { ThreatModel(norm: norm, radius: $0, bounds: data.pixelRange) }
    return try SuiteEvaluation(suite, on: data.evaluationSet(), threats: threats, target: target)
      .run(by: evaluator, onEvent: onEvent).results
  }

  /// The share of the examples that get their label.
  ///
  /// - Throws: `ModelError` where the model does not take the data.
  public func accuracy(on data: Dataset) throws -> Double {
    let data = try examples(of: data)
    let ranges = Workers.allCores.balancedRanges(count: data.count, largest: 256)
    let right = try Workers.allCores.map(ranges.count) { shard in
      let rows = ranges[shard]
      let found = predictions(of: try classifier.logits(of: data.images.examples(rows)))
      return zip(found, data.labels[rows]).count { $0 == $1 }
    }
    return data.count > 0 ? Double(right.reduce(0, +)) / Double(data.count) : .nan
  }
}

extension Evaluator {
  /// All cores, batches of 128, seed 0.
  public static var allCores: Evaluator {
    var evaluator = Evaluator()
    evaluator.workers = .allCores
    return evaluator
  }
}

extension Dataset {
  /// The examples for an evaluator.
  fileprivate func evaluationSet(targets: [Int]? = nil) throws(AttackError) -> EvaluationSet {
    try EvaluationSet(images: images, labels: labels, ids: ids, targets: targets)
  }
}
