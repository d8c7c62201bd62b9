public import Attacks
public import Networks

/// The robustness of a model with a detector against an oblivious attack, which ignores the detector, and an adaptive
/// one, which knows it, within threat models.
public struct DetectorEvaluation: Sendable {
  /// How much an attack knows.
  public enum Knowledge: String, CaseIterable, Sendable {
    /// `obliviousAttack`, which knows the model alone.
    case oblivious
    /// `DetectorAwareAttack`, which knows both.
    case aware
  }

  /// The result of one attack.
  public struct Result: Sendable {
    /// How much the attack knew.
    public let knowledge: Knowledge
    /// The evaluation of the model without the detector.
    public let evaluation: Evaluation
    /// The ROC curve between clean images that are classified correctly and successful adversarial images.
    public let roc: ROC
    /// The share of the images for which the attack failed, or succeeded and was detected at `falsePositiveRate`.
    public let robustAccuracy: Proportion
  }

  /// The share of clean images that the threshold may reject.
  public static let falsePositiveRate = 0.05
  /// Without early stopping, because points right at the decision boundary can be untypically easy or hard to detect.
  public static let obliviousAttack = ProjectedGradient(earlyStop: false)

  private let detector: any Detector
  private let model: any DifferentiableClassifier
  private let set: EvaluationSet
  private let evaluator: Evaluator

  /// Creates the evaluation of a detector beside a model.
  public init(
    of detector: any Detector, beside model: any DifferentiableClassifier, on set: EvaluationSet,
    by evaluator: Evaluator
  ) {
    (self.detector, self.model, self.set, self.evaluator) = (detector, model, set, evaluator)
  }

  /// Runs both attacks within each threat model.
  ///
  /// - Returns: Two results for each; fewer where the evaluator was cancelled.
  /// - Throws: What evaluator and detector throw.
  public func results(within threats: [ThreatModel]) throws -> [[Result]] {
    let clean = try scores(of: set.images)
    var results: [[Result]] = []
    for (index, threat) in threats.enumerated() {
      var found: [Result] = []
      for (half, knowledge) in Knowledge.allCases.enumerated() {
        var evaluator = evaluator
        let runs = Double(2 * threats.count)
        evaluator.part = Double(2 * index + half) / runs...Double(2 * index + half + 1) / runs
        let search = search(knowledge)
        let candidates = try evaluator.evaluateCandidates(of: search, on: set, threat: threat, model: model)
        guard candidates.evaluation.isComplete else { return results }
        found.append(try result(knowledge, candidates, clean))
      }
      results.append(found)
    }
    return results
  }

  private func search(_ knowledge: Knowledge) -> CandidateSearch {
    switch knowledge {
    case .oblivious: CandidateSearch(Self.obliviousAttack)
    case .aware: DetectorAwareAttack().search(against: detector)
    }
  }

  private func result(
    _ knowledge: Knowledge, _ found: EvaluatedCandidates, _ clean: [Double]
  ) throws -> Result {
    let outcomes = found.evaluation.examples
    let right = outcomes.indices.filter { outcomes[$0].cleanPrediction == outcomes[$0].label }
    let broken = outcomes.indices.filter { outcomes[$0].isBroken }
    let scores = try scores(of: found.images.gathering(broken))
    let roc = ROC(negatives: right.map { clean[$0] }, positives: scores)
    let threshold = roc.threshold(falsePositiveRate: Self.falsePositiveRate)
    let all = found.evaluation.robustAccuracy
    return Result(
      knowledge: knowledge, evaluation: found.evaluation, roc: roc,
      robustAccuracy: Proportion(hits: all.hits + scores.count { !($0 <= threshold) }, count: all.count))
  }

  private func scores(of images: Tensor<Float>) throws -> [Double] {
    let ranges = evaluator.workers.balancedRanges(count: images.exampleCount, largest: 256)
    let scores = try evaluator.workers.map(ranges.count) { [detector] in
      try detector.scores(of: images.examples(ranges[$0]))
    }
    return scores.flatMap { $0 }
  }
}
