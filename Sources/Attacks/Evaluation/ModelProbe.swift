public import Networks

/// A few passes beside those of a suite that show whether its results can be believed.
///
/// Every probe runs on the first examples that stand at the largest radius; what it finds is no part of any result. Of more
/// examples than fit into memory those of one range are enough: the commands take the first.
public struct ModelProbe: Sendable {
  /// The examples that a probe looks at, at most.
  public var examples = 32
  /// The steps of its attacks.
  public var steps = 40

  private let model: any DifferentiableClassifier
  private let set: EvaluationSet

  /// Probes a model on the examples of an evaluation.
  public init(_ model: any DifferentiableClassifier, on set: EvaluationSet) {
    (self.model, self.set) = (model, set)
  }

  /// What the probes find.
  ///
  /// - Parameters:
  ///   - results: The results that are to be believed.
  ///   - evaluator: Threads, randomness and cancellation.
  /// - Returns: The signs that they cannot; none of a probe that was cancelled.
  /// - Throws: What the model throws.
  public func diagnostics(of results: [SuiteResult], by evaluator: Evaluator) throws -> [Diagnostic] {
    let outputs = try ofOutputs()
    guard let last = results.last(where: { $0.isComplete }) else { return outputs }
    let standing = set.gathering(Array(last.union.standing.prefix(examples)))
    guard standing.count > 0, last.threat.radius > 0 else { return outputs }
    var evaluator = evaluator.quiet
    evaluator.queryBudget = nil
    let found = [
      try ofUnbounded(standing, last.threat, evaluator), try ofSteps(standing, last, evaluator),
      try ofSeeds(standing, last, evaluator),
    ]
    return outputs + found.compactMap { $0 }
  }

  /// Two passes over the same images.
  private func ofOutputs() throws -> [Diagnostic] {
    let images = set.images.examples(0..<min(set.count, 4 * examples))
    guard images.exampleCount > 0 else { return [] }
    let (first, second) = (try model.logits(of: images), try model.logits(of: images))
    let classes = first.exampleSize
    let differing = (0..<images.exampleCount).count { row in
      (row * classes..<(row + 1) * classes).contains { first.scalars[$0] != second.scalars[$0] }
    }
    let isFraction = first.scalars.allSatisfy { (0...1).contains($0) }
    var found: [Diagnostic] = []
    if differing > 0 { found.append(.outputIsRandom(examples: differing, of: images.exampleCount)) }
    if isFraction, Set(first.scalars).count > 1 { found.append(.outputIsProbability) }
    return found
  }

  /// The number of these examples that an attack breaks.
  private func broken(
    by attack: ProjectedGradient, _ set: EvaluationSet, _ threat: ThreatModel, _ evaluator: Evaluator
  ) throws -> Int {
    try evaluator.evaluate(attack.resolved(for: threat), on: set, threat: threat, model: model).successRate.hits
  }

  /// Whether as many successes among all that stand would take more than two points off the robust accuracy.
  private func matters(_ hits: Int, of count: Int, _ result: SuiteResult) -> Bool {
    let standing = Double(result.union.standing.count) / Double(max(result.union.count, 1))
    return Double(hits) / Double(count) * standing > 0.02
  }

  /// Within a ball that holds all images an attack that works breaks every example.
  private func ofUnbounded(
    _ set: EvaluationSet, _ threat: ThreatModel, _ evaluator: Evaluator
  ) throws -> Diagnostic? {
    let whole = ThreatModel(
      norm: threat.norm, radius: threat.bounds.diameter(threat.norm, of: model.inputShape), bounds: threat.bounds)
    guard ProjectedGradient.norms.contains(threat.norm) else { return nil }
    let attack = ProjectedGradient(steps: steps, loss: model.classCount > 1 ? .margin : .crossEntropy)
    let evaluation = try evaluator.evaluate(attack.resolved(for: whole), on: set, threat: whole, model: model)
    guard evaluation.isComplete else { return nil }
    // Targets may be hard to reach at any distance; of classes that are never predicted nothing is known.
    let left = evaluation.robustAccuracy.hits
    return left * 10 > set.count ? .unboundedAttackFails(examples: left, of: set.count) : nil
  }

  /// Twice the steps of the suite's own projected gradient descent.
  private func ofSteps(_ set: EvaluationSet, _ result: SuiteResult, _ evaluator: Evaluator) throws -> Diagnostic? {
    guard var attack = result.gradientDescent else { return nil }
    attack.steps *= 2
    let hits = try broken(by: attack, set, result.threat, evaluator)
    return matters(hits, of: set.count, result)
      ? .moreStepsAreStronger(examples: hits, of: set.count, steps: attack.steps) : nil
  }

  private func ofSeeds(_ set: EvaluationSet, _ result: SuiteResult, _ evaluator: Evaluator) throws -> Diagnostic? {
    guard let attack = result.gradientDescent, attack.randomStart || attack.restarts > 1 else { return nil }
    var evaluator = evaluator
    evaluator.random = RandomSource(seed: evaluator.random.seed &+ 1)
    let hits = try broken(by: attack, set, result.threat, evaluator)
    return matters(hits, of: set.count, result)
      ? .otherSeedIsStronger(examples: hits, of: set.count, attack: attack.title) : nil
  }
}

extension SuiteResult {
  /// The first of its attacks that is projected gradient descent.
  fileprivate var gradientDescent: ProjectedGradient? {
    attacks.lazy.compactMap { $0.attack as? ProjectedGradient }.first
  }
}
