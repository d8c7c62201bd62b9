public import Networks

/// What a suite is run against: a model, or a model with a defence.
///
/// An attack runs in two steps, so that a minimum-norm attack is run once and judged at every radius. A step returns nil
/// where the evaluator was cancelled.
public protocol EvaluationTarget: Sendable {
  /// The number of classes of the model.
  var classCount: Int { get }

  /// Whether it may answer differently to the same image.
  var isRandomized: Bool { get }

  /// The attack as it is run here.
  func adapting(_ attack: any Attack) -> any Attack

  /// The passes for one example in each of the runs that an attack makes here, by which progress is foretold.
  func passes(of attack: any Attack) -> [Double]

  /// The accuracies without any attack.
  func cleanAccuracies(
    on set: EvaluationSet, threat: ThreatModel, evaluator: Evaluator
  ) throws -> CleanAccuracies?

  /// Runs an attack, with one evaluator for each run.
  func findings(
    of attack: any Attack, on set: EvaluationSet, threat: ThreatModel, evaluators: [Evaluator], keepsCandidates: Bool
  ) throws -> AttackFindings?

  /// Judges what an attack found.
  func judge(
    _ findings: AttackFindings, of set: EvaluationSet, threat: ThreatModel, evaluator: Evaluator
  ) throws -> AttackJudgement?
}

/// Accuracies without any attack.
public struct CleanAccuracies: Hashable, Codable, Sendable {
  /// Of the model without its defence; nil where it takes other images.
  public let bare: ExampleAccuracies?
  /// Of what is evaluated.
  public let evaluated: ExampleAccuracies
  /// The examples of the model without its defence; nil where it takes other images.
  public let evaluation: Evaluation?

  /// Creates them.
  public init(bare: ExampleAccuracies?, evaluated: ExampleAccuracies, evaluation: Evaluation? = nil) {
    (self.bare, self.evaluated, self.evaluation) = (bare, evaluated, evaluation)
  }
}

/// What an attack found on a target.
public struct AttackFindings: Sendable {
  /// On the model without its defence; nil where that takes other images.
  public var bare: Evaluation?
  /// The candidates of that run, where they are kept.
  public var candidates: EvaluatedCandidates?
  /// On model and defence together.
  public var adaptive: EvaluatedCandidates?

  /// Creates findings.
  public init(bare: Evaluation?, candidates: EvaluatedCandidates? = nil, adaptive: EvaluatedCandidates? = nil) {
    (self.bare, self.candidates, self.adaptive) = (bare, candidates, adaptive)
  }

  /// What a minimum-norm attack found, at another radius.
  func within(_ threat: ThreatModel) -> AttackFindings {
    AttackFindings(
      bare: bare?.within(threat), candidates: candidates?.within(threat), adaptive: adaptive?.within(threat))
  }

  /// The findings for some of the examples.
  func gathering(_ rows: [Int]) -> AttackFindings {
    AttackFindings(
      bare: bare?.gathering(rows), candidates: candidates?.gathering(rows), adaptive: adaptive?.gathering(rows))
  }
}

/// What is held against a target after an attack.
public struct AttackJudgement: Hashable, Codable, Sendable {
  /// The attack on the model without its defence, judged on that; nil where it takes other images.
  public let bare: Evaluation?
  /// What the attack on the model without its defence found, judged with it (oblivious attack).
  public let oblivious: ExampleAccuracies?
  /// The attack on model and defence together (adaptive attack), as it went.
  public let adaptiveEvaluation: Evaluation?
  /// What that found, judged with the defence.
  public let adaptive: ExampleAccuracies?

  /// Creates a judgement.
  public init(
    bare: Evaluation?, oblivious: ExampleAccuracies? = nil, adaptiveEvaluation: Evaluation? = nil,
    adaptive: ExampleAccuracies? = nil
  ) {
    (self.bare, self.oblivious) = (bare, oblivious)
    (self.adaptiveEvaluation, self.adaptive) = (adaptiveEvaluation, adaptive)
  }

  /// Every example under what did it most harm: with a defence that is oblivious or adaptive, else the attack itself.
  public var worst: ExampleAccuracies {
    let all = adaptive == nil ? [bare.map { ExampleAccuracies($0) }] : [oblivious, adaptive]
    return ExampleAccuracies(worstOf: all.compactMap { $0 })
  }

  /// The evaluations behind it.
  public var evaluations: [Evaluation] { [bare, adaptiveEvaluation].compactMap { $0 } }
}

/// A model without any defence.
public struct UndefendedModel: EvaluationTarget {
  private let model: any Classifier

  /// Creates a target; attacks that need gradients need a `DifferentiableClassifier`.
  public init(_ model: any Classifier) {
    self.model = model
  }

  /// That of the model.
  public var classCount: Int { model.classCount }

  /// It answers always the same.
  public var isRandomized: Bool { false }

  /// As it is.
  public func adapting(_ attack: any Attack) -> any Attack { attack }

  /// One run.
  public func passes(of attack: any Attack) -> [Double] { [attack.passesPerExample] }

  /// The accuracies without any attack.
  public func cleanAccuracies(
    on set: EvaluationSet, threat: ThreatModel, evaluator: Evaluator
  ) throws -> CleanAccuracies? {
    let evaluation = try evaluator.verify(set.images, of: set, threat: threat, model: model)
    guard evaluation.isComplete else { return nil }
    let accuracies = ExampleAccuracies(evaluation)
    return CleanAccuracies(bare: accuracies, evaluated: accuracies, evaluation: evaluation)
  }

  /// Runs an attack.
  public func findings(
    of attack: any Attack, on set: EvaluationSet, threat: ThreatModel, evaluators: [Evaluator], keepsCandidates: Bool
  ) throws -> AttackFindings? {
    let evaluator = evaluators.first ?? Evaluator()
    var findings = AttackFindings(bare: nil)
    if keepsCandidates {
      findings.candidates = try evaluator.evaluateCandidates(of: attack, on: set, threat: threat, model: model)
      findings.bare = findings.candidates?.evaluation
    } else {
      findings.bare = try evaluator.evaluate(attack, on: set, threat: threat, model: model)
    }
    return findings.bare?.isComplete == true ? findings : nil
  }

  /// The evaluator has judged already.
  public func judge(
    _ findings: AttackFindings, of set: EvaluationSet, threat: ThreatModel, evaluator: Evaluator
  ) throws -> AttackJudgement? {
    AttackJudgement(bare: findings.bare)
  }
}
