internal import Attacks
internal import Defences
internal import Exchange
internal import Networks

/// `--json` of `evaluate`, and of `attack` with several radii or a defence.
struct EvaluationReport: Encodable {
  /// A preprocessor and how it was dealt with.
  struct Defence: Encodable {
    let preprocessor: String
    let derivative: String
    let isRandomized: Bool
    let samples: Int
    let draws: Int
  }

  /// A judgement of all examples.
  struct Accuracy: Encodable {
    let robustAccuracy: JSONNumber
    let robustAccuracyInterval: [Double]
    let invalid: Int

    init(_ judgement: Judgement) {
      robustAccuracy = JSONNumber(judgement.accuracy)
      robustAccuracyInterval = [judgement.interval.lowerBound, judgement.interval.upperBound]
      invalid = judgement.invalid.count
    }
  }

  /// One attack; with a defence the accuracy is the least of oblivious and adaptive.
  struct Entry: Encodable {
    let attack: AttackSummary
    let robustAccuracy: JSONNumber
    let robustAccuracyInterval: [Double]
    let invalid: Int
    let successRate: JSONNumber?
    let bare: Accuracy?
    let oblivious: Accuracy?
    let adaptive: Accuracy?
    let forwards: Int
    let backwards: Int
    let zeroGradients: Int
    let seconds: Double

    init(_ result: AttackResult, isTargeted: Bool) {
      attack = AttackSummary(result.attack)
      let worst = Accuracy(Judgement(worstOf: result.judgements))
      (robustAccuracy, robustAccuracyInterval) = (worst.robustAccuracy, worst.robustAccuracyInterval)
      invalid = worst.invalid
      successRate = isTargeted ? result.bare.map { JSONNumber($0.successRate.fraction) } : nil
      bare = result.adaptive == nil ? nil : result.bare.map { Accuracy(Judgement($0)) }
      oblivious = result.oblivious.map(Accuracy.init)
      adaptive = (result.adaptive?.judgement).map(Accuracy.init)
      forwards = result.evaluations.reduce(0) { $0 + $1.forwards }
      (zeroGradients, backwards) = result.gradients
      seconds = result.evaluations.reduce(0) { $0 + $1.seconds }
    }
  }

  /// All attacks at one radius.
  struct Radius: Encodable {
    let epsilon: Float
    let cleanAccuracy: JSONNumber
    /// Those that were finished, out of so many.
    let attacks: [Entry]
    let attacksRequested: Int
    let union: Accuracy

    init(_ result: RadiusResult, isTargeted: Bool) {
      epsilon = result.epsilon.value
      cleanAccuracy = JSONNumber(result.clean.defended.accuracy)
      attacks = result.attacks.map { Entry($0, isTargeted: isTargeted) }
      attacksRequested = result.requested
      union = Accuracy(result.worst)
    }
  }

  let command: String
  let model: ModelSummary
  let data: DataSummary
  let count: Int
  let norm: Norm
  let suite: String
  let targets: String?
  let precision: Precision
  let defence: Defence?
  let cleanAccuracy: JSONNumber
  let radii: [Radius]
  let warnings: [String]
  let seconds: Double

  init(_ results: [RadiusResult], warnings: [String], session: EvaluationSession) {
    let request = session.request
    command = request.command
    model = ModelSummary(session.model)
    data = DataSummary(session.data, path: session.dataPath)
    count = session.data.count
    norm = request.norm
    suite = request.suite
    targets = request.settings.targets?.argumentText
    precision = request.gradients.precision
    defence = session.defended.map { defended in
      Defence(
        preprocessor: "\(defended.preprocessor)", derivative: "\(defended.preprocessor.derivative)",
        isRandomized: defended.preprocessor.isRandomized, samples: defended.samples, draws: defended.draws)
    }
    cleanAccuracy = JSONNumber(results.first?.clean.defended.accuracy)
    radii = results.map { Radius($0, isTargeted: request.settings.targets != nil) }
    self.warnings = warnings
    seconds = radii.reduce(0) { $0 + $1.attacks.reduce(0) { $0 + $1.seconds } }
  }
}
