public import Attacks
public import Networks

/// A model behind a preprocessor, in the three roles it has in an evaluation.
///
/// An attack that ignores the defence works on the model alone (oblivious); one that knows it gets gradients through it,
/// with surrogates (BPDA) and averaged over draws (EOT) where needed (adaptive). Whatever they find is judged with the
/// defence in front, under draws that no attack has seen.
public struct DefendedModel: Sendable {
  /// The model alone.
  public let bare: any DifferentiableClassifier
  /// What is put in front.
  public let preprocessor: any Preprocessor
  /// The draws over which the adaptive attack averages its gradient, where the preprocessor is randomised.
  public let samples: Int
  /// The draws by which it is judged, where it is randomised.
  public let draws: Int
  /// The randomness of the run.
  public let random: RandomSource

  /// Creates a defended model.
  ///
  /// - Throws: `DefenceError` where what comes out of the preprocessor is not what the model takes.
  public init(
    _ preprocessor: any Preprocessor, before bare: any DifferentiableClassifier, samples: Int = 16, draws: Int = 20,
    random: RandomSource
  ) throws {
    self.bare = bare
    self.preprocessor = preprocessor
    self.samples = preprocessor.isRandomized ? max(samples, 1) : 1
    self.draws = preprocessor.isRandomized ? max(draws, 1) : 1
    self.random = random
    _ = try preprocessor.inputShape(producing: bare.inputShape)
  }

  /// What the oblivious attack works on; nil where the model takes other images than the defended one.
  public func obliviousTarget() throws -> (any DifferentiableClassifier)? {
    try preprocessor.inputShape(producing: bare.inputShape) == bare.inputShape ? bare : nil
  }

  /// What the adaptive attack works on.
  public func adaptiveTarget() throws -> any DifferentiableClassifier {
    try Expectation(over: preprocessor, before: bare, samples: samples, random: random)
  }

  /// What an adaptive attack finds: the candidates of an evaluation, and, where the preprocessor is randomised, candidates
  /// for the images that the mean over draws gets wrong anyway. The evaluator leaves those alone, but single draws may be
  /// right about them.
  public func candidates(
    of found: EvaluatedCandidates, by attack: any Attack, on set: EvaluationSet, threat: ThreatModel,
    evaluator: Evaluator
  ) throws -> Tensor<Float> {
    let examples = found.evaluation.examples
    let left = examples.indices.filter { examples[$0].status == .misclassified }
    guard preprocessor.isRandomized, !left.isEmpty else { return found.candidatesInside(of: set) }
    let target = try adaptiveTarget()
    let ranges = evaluator.workers.balancedRanges(count: left.count, largest: evaluator.batchSize)
    let others = try evaluator.workers.map(ranges.count) { shard in
      let rows = ranges[shard].map { left[$0] }
      return try attack.perturb(
        set.images.gathering(rows), ids: rows.map { set.ids[$0] }, goal: set.goal[rows], threat: threat, model: target,
        random: evaluator.random)
    }
    var candidates = found.candidatesInside(of: set)
    candidates.scatter(Tensor.concatenating(others), to: left)
    return candidates
  }

  /// Judges candidates with the defence in front: each is shown to it once per draw, and the evaluator checks ball and
  /// box.
  ///
  /// - Returns: The judgement; nil where the evaluator was cancelled.
  public func judge(
    _ candidates: Tensor<Float>, of set: EvaluationSet, threat: ThreatModel, by evaluator: Evaluator
  ) throws -> Judgement? {
    var quiet = evaluator
    quiet.onProgress = nil
    var judgements: [Judgement] = []
    for number in 0..<draws {
      let model = try Preprocessed(
        preprocessor, before: bare, draw: Draw(random: random, purpose: .judgement, number: number))
      let evaluation = try quiet.verify(candidates, of: set, threat: threat, model: model)
      guard evaluation.isComplete else { return nil }
      judgements.append(Judgement(evaluation))
    }
    return Judgement(draws: judgements)
  }
}

extension EvaluatedCandidates {
  /// What the attack gave back, with the clean image in place of points outside the ball at which a minimum-norm attack
  /// ended: they are no violation, and no success at this radius.
  package func candidatesInside(of set: EvaluationSet) -> Tensor<Float> {
    // Points of other attacks are in the ball but for rounding, or invalid and left to the judge.
    let farthest = evaluation.threat.radius * 1.0001
    let beyond = evaluation.examples.indices.filter { row in
      let outcome = evaluation.examples[row]
      return outcome.status == .beyondRadius || (outcome.status == .robust && outcome.distance > farthest)
    }
    guard !beyond.isEmpty else { return images }
    var candidates = images
    candidates.scatter(set.images.gathering(beyond), to: beyond)
    return candidates
  }
}
