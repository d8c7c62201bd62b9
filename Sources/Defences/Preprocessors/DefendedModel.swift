public import Attacks
public import Networks

/// A model behind a preprocessor, in the three roles it has in an evaluation.
///
/// The oblivious attack ignores the defence and works on the model alone. The adaptive attack gets gradients through
/// the defence, with surrogates (BPDA) and averaged over draws (EOT) where needed. The candidates of both are evaluated
/// with the defence in front, under draws that no attack has seen.
public struct DefendedModel: Sendable {
  /// The model alone.
  public let bare: any DifferentiableClassifier
  /// The preprocessor in front of it.
  public let preprocessor: any Preprocessor
  /// The number of draws over which the adaptive attack averages its gradient, where the preprocessor is randomised.
  public let samples: Int
  /// The number of draws in the evaluation, where the preprocessor is randomised.
  public let draws: Int
  /// The randomness of the run.
  public let random: RandomSource

  /// Creates a defended model.
  ///
  /// - Throws: `DefenceError` where the preprocessor's output does not fit the model's input.
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

  /// The model that the oblivious attack works on; nil where the model takes other images than the defended one.
  public func obliviousTarget() throws -> (any DifferentiableClassifier)? {
    try preprocessor.inputShape(producing: bare.inputShape) == bare.inputShape ? bare : nil
  }

  /// The model that the adaptive attack works on.
  public func adaptiveTarget() throws -> any DifferentiableClassifier {
    try Expectation(over: preprocessor, before: bare, samples: samples, random: random)
  }

  /// Evaluates candidates with the defence in front: each is classified once per draw, and the evaluator checks ball
  /// and box.
  ///
  /// - Returns: The accuracies; nil where the evaluator was cancelled.
  public func judge(
    _ candidates: Tensor<Float>, of set: EvaluationSet, threat: ThreatModel, by evaluator: Evaluator
  ) throws -> ExampleAccuracies? {
    var evaluations: [ExampleAccuracies] = []
    for number in 0..<draws {
      let model = try Preprocessed(
        preprocessor, before: bare, draw: Draw(random: random, purpose: .evaluation, number: number))
      let evaluation = try evaluator.quiet.verify(candidates, of: set, threat: threat, model: model)
      guard evaluation.isComplete else { return nil }
      evaluations.append(ExampleAccuracies(evaluation))
    }
    return ExampleAccuracies(draws: evaluations)
  }
}

extension DefendedModel: EvaluationTarget {
  /// That of the model.
  public var classCount: Int { bare.classCount }

  /// That of the preprocessor.
  public var isRandomized: Bool { preprocessor.isRandomized }

  /// Where the preprocessor is randomised there is no early stopping: what is misclassified on average over some draws
  /// may be classified correctly in the next.
  public func adapting(_ attack: any Attack) -> any Attack {
    preprocessor.isRandomized ? attack.withoutEarlyStop : attack
  }

  /// A run on the model alone, and one on both together, in which each pass counts once per draw.
  public func passes(of attack: any Attack) -> [Double] {
    [attack.passesPerExample, attack.passesPerExample * Double(samples)]
  }

  /// The accuracies without any attack, of the model alone and with the defence.
  public func cleanAccuracies(
    on set: EvaluationSet, threat: ThreatModel, evaluator: Evaluator
  ) throws -> CleanAccuracies? {
    let alone = try obliviousTarget().flatMap { model in
      try UndefendedModel(model).cleanAccuracies(on: set, threat: threat, evaluator: evaluator)
    }
    let defended = try judge(set.images, of: set, threat: threat, by: evaluator)
    return defended.map { CleanAccuracies(bare: alone?.bare, evaluated: $0, evaluation: alone?.evaluation) }
  }

  /// Runs the oblivious and the adaptive attack.
  ///
  /// An image that is misclassified on average over draws may be classified correctly in single ones: where the
  /// preprocessor is randomised the adaptive attack gets all images.
  public func findings(
    of attack: any Attack, on set: EvaluationSet, threat: ThreatModel, evaluators: [Evaluator], keepsCandidates: Bool
  ) throws -> AttackFindings? {
    var findings = AttackFindings(bare: nil)
    if let target = try obliviousTarget() {
      findings.candidates = try evaluators[0].evaluateCandidates(of: attack, on: set, threat: threat, model: target)
      findings.bare = findings.candidates?.evaluation
      guard findings.bare?.isComplete == true else { return nil }
    }
    var adaptive = evaluators[1]
    adaptive.attacksMisclassified = preprocessor.isRandomized
    findings.adaptive = try adaptive.evaluateCandidates(of: attack, on: set, threat: threat, model: adaptiveTarget())
    return findings.adaptive?.evaluation.isComplete == true ? findings : nil
  }

  /// Evaluates the candidates of both with the defence in front.
  public func judge(
    _ findings: AttackFindings, of set: EvaluationSet, threat: ThreatModel, evaluator: Evaluator
  ) throws -> AttackJudgement? {
    func accuracies(_ found: EvaluatedCandidates?) throws -> ExampleAccuracies? {
      guard let found else { return nil }
      return try judge(found.inside(set).images, of: set, threat: threat, by: evaluator)
    }
    let oblivious = try accuracies(findings.candidates)
    guard (oblivious == nil) == (findings.candidates == nil), let adaptive = try accuracies(findings.adaptive) else {
      return nil
    }
    return AttackJudgement(
      bare: findings.bare, oblivious: oblivious, adaptiveEvaluation: findings.adaptive?.evaluation, adaptive: adaptive)
  }
}
