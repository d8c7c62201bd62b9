internal import Attacks
internal import Exchange
internal import Networks
internal import Reports
internal import Synchronization

/// An attack's name and every hyper-parameter.
struct AttackSummary: Encodable {
  let attack: any Attack

  init(_ attack: any Attack) {
    self.attack = attack
  }

  private enum Key: String, CodingKey {
    case name
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(type(of: attack).profile.name, forKey: .name)
    try attack.encode(to: encoder)
  }
}

extension Attack {
  /// As it is printed.
  var title: String { Self.profile.title }
}

/// The table of one attack.
enum AttackTable {
  static func text(_ evaluation: Evaluation, attack: any Attack) -> String {
    var table = Table([
      .left("attack"), .right("clean accuracy"), .right("robust accuracy"), .right("95 % interval"),
      .right("mean distance"), .right("largest"), .right("gradients"), .right("time"),
    ])
    table.append([
      attack.title, percentage(evaluation.cleanAccuracy), percentage(evaluation.robustAccuracy),
      NumberFormat.percentages(evaluation.robustAccuracy.interval),
      evaluation.meanDistance.map { NumberFormat.significant($0) } ?? "–",
      evaluation.largestDistance.map { NumberFormat.significant(Double($0)) } ?? "–",
      NumberFormat.count(evaluation.backwards), NumberFormat.duration(seconds: evaluation.seconds),
    ])
    return ([table.description] + notes(evaluation)).joined(separator: "\n")
  }

  private static func percentage(_ proportion: Proportion) -> String {
    proportion.fraction.map(NumberFormat.percentage) ?? "–"
  }

  /// What the table alone would hide.
  private static func notes(_ evaluation: Evaluation) -> [String] {
    var notes: [String] = []
    if !evaluation.isComplete {
      notes.append("partial: \(evaluation.examples.count) of \(evaluation.requested) examples were finished")
    }
    let defects = evaluation.examples.compactMap { outcome -> String? in
      guard case .invalid(let defect) = outcome.status else { return nil }
      return "example \(outcome.id): \(defect)"
    }
    if let first = defects.first {
      notes.append("\(defects.count) examples say nothing and are left out; the first: \(first)")
    }
    return notes.isEmpty ? [] : [""] + notes
  }
}

/// `attack --json`.
struct AttackReport: Encodable {
  let command = "attack"
  let attack: AttackSummary
  let model: ModelSummary
  let data: DataSummary
  let count: Int
  let requested: Int
  let norm: Norm
  let epsilon: Float
  let cleanAccuracy: Double?
  let robustAccuracy: Double?
  let robustAccuracyInterval: [Double]
  let meanDistance: Double?
  let largestDistance: Float?
  let invalid: Int
  let forwards: Int
  let backwards: Int
  let seconds: Double
  let gradientsPerSecond: Double

  init(_ evaluation: Evaluation, attack: any Attack, model: LoadedModel, data: Dataset, path: String) {
    self.attack = AttackSummary(attack)
    self.model = ModelSummary(model)
    self.data = DataSummary(data, path: path)
    count = evaluation.examples.count
    requested = evaluation.requested
    norm = evaluation.threat.norm
    epsilon = evaluation.threat.radius
    cleanAccuracy = evaluation.cleanAccuracy.fraction
    robustAccuracy = evaluation.robustAccuracy.fraction
    let interval = evaluation.robustAccuracy.interval
    robustAccuracyInterval = [interval.lowerBound, interval.upperBound]
    meanDistance = evaluation.meanDistance
    largestDistance = evaluation.largestDistance
    invalid = evaluation.invalidCount
    forwards = evaluation.forwards
    backwards = evaluation.backwards
    seconds = evaluation.seconds
    gradientsPerSecond = evaluation.gradientsPerSecond
  }
}

/// Turns the evaluator's totals into steps of a progress line.
final class ProgressTally: Sendable {
  private let line: ProgressLine
  private let done = Mutex(0)

  init(_ line: ProgressLine) {
    self.line = line
  }

  func report(_ progress: EvaluationProgress) {
    let step = done.withLock { done in
      defer { done = progress.examplesDone }
      return progress.examplesDone - done
    }
    line.advance(by: step)
  }
}

extension AdversarialSet {
  /// What an evaluation found, for a file.
  init(_ evaluation: Evaluation, images: Tensor<Float>, attack: String, provenance: Provenance) {
    let statuses: [ExampleStatus] = [.misclassified, .robust, .broken, .beyondRadius, .invalid(.logitsNotFinite)]
    let threat = evaluation.threat
    self.init(
      images: images, adversarial: evaluation.adversarial,
      examples: evaluation.examples.map { outcome in
        Example(
          id: outcome.id, label: outcome.label, target: outcome.target, cleanPrediction: outcome.cleanPrediction ?? -1,
          adversarialPrediction: outcome.adversarialPrediction ?? -1, isSuccess: outcome.isBroken,
          status: outcome.status.name, distanceLinf: Double(outcome.distanceLinf),
          distanceL2: Double(outcome.distanceL2), forwards: outcome.forwards, backwards: outcome.backwards)
      },
      statusNames: statuses.map(\.name),
      threat: Threat(norm: threat.norm.rawValue, epsilon: Double(threat.radius), bounds: threat.bounds),
      attack: attack, provenance: provenance)
  }
}
