internal import Attacks
internal import Defences
internal import Exchange
internal import Networks

/// `evaluate --json`.
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

    init(_ judgement: Judgement) {
      robustAccuracy = JSONNumber(judgement.accuracy)
      robustAccuracyInterval = [judgement.interval.lowerBound, judgement.interval.upperBound]
    }
  }

  /// One attack; with a defence the accuracy is the least of oblivious and adaptive.
  struct Entry: Encodable {
    let attack: AttackSummary
    let robustAccuracy: JSONNumber
    let robustAccuracyInterval: [Double]
    let bare: Accuracy?
    let oblivious: Accuracy?
    let adaptive: Accuracy?
    let forwards: Int
    let backwards: Int
    let seconds: Double

    init(_ result: AttackResult) {
      attack = AttackSummary(result.attack)
      let worst = Accuracy(Judgement(worstOf: result.judgements))
      (robustAccuracy, robustAccuracyInterval) = (worst.robustAccuracy, worst.robustAccuracyInterval)
      bare = result.adaptive == nil ? nil : result.bare.map { Accuracy(Judgement($0)) }
      oblivious = result.oblivious.map(Accuracy.init)
      adaptive = (result.adaptive?.judgement).map(Accuracy.init)
      forwards = result.evaluations.reduce(0) { $0 + $1.forwards }
      backwards = result.evaluations.reduce(0) { $0 + $1.backwards }
      seconds = result.evaluations.reduce(0) { $0 + $1.seconds }
    }
  }

  /// All attacks at one radius.
  struct Radius: Encodable {
    let epsilon: Float
    let cleanAccuracy: JSONNumber
    let attacks: [Entry]
    let union: Accuracy

    init(_ result: RadiusResult) {
      epsilon = result.epsilon.value
      cleanAccuracy = JSONNumber(result.clean.defended.accuracy)
      attacks = result.attacks.map(Entry.init)
      union = Accuracy(result.worst)
    }
  }

  let command = "evaluate"
  let model: ModelSummary
  let data: DataSummary
  let count: Int
  let norm: Norm
  let suite: String
  let precision: Precision
  let defence: Defence?
  let cleanAccuracy: JSONNumber
  let radii: [Radius]
  let seconds: Double

  init(_ results: [RadiusResult], session: EvaluationSession) {
    model = ModelSummary(session.model)
    data = DataSummary(session.data, path: session.dataPath)
    count = session.data.count
    norm = session.command.evaluation.norm
    suite = session.command.evaluation.suite.argumentText
    precision = session.command.gradients.precision
    defence = session.defended.map { defended in
      Defence(
        preprocessor: "\(defended.preprocessor)", derivative: "\(defended.preprocessor.derivative)",
        isRandomized: defended.preprocessor.isRandomized, samples: defended.samples, draws: defended.draws)
    }
    cleanAccuracy = JSONNumber(results.first?.clean.defended.accuracy)
    radii = results.map(Radius.init)
    seconds = radii.reduce(0) { $0 + $1.attacks.reduce(0) { $0 + $1.seconds } }
  }
}
