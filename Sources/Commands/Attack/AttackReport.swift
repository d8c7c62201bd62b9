internal import Attacks
internal import Exchange
internal import Hyperparameters
internal import Networks

/// An attack's name and every hyper-parameter, and the models it saw in place of the one that judged.
struct AttackSummary: Encodable {
  private let attack: any Configurable & Encodable
  private let surrogate: [ModelSummary]

  init(_ attack: any Configurable & Encodable) { self.init(attack, surrogate: []) }

  init(_ attack: any Configurable & Encodable, surrogate: [LoadedModel]) {
    self.attack = attack
    self.surrogate = surrogate.map { ModelSummary($0) }
  }

  private enum Key: String, CodingKey {
    case name, surrogate
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(type(of: attack).method.name, forKey: .name)
    if !surrogate.isEmpty { try container.encode(surrogate, forKey: .surrogate) }
    try attack.encode(to: encoder)
  }
}

/// `attack --json`.
struct AttackReport: Encodable {
  let command = "attack"
  let attack: AttackSummary
  let targets: String?
  let precision: Precision
  let model: ModelSummary
  let data: DataSummary
  let count: Int
  let requested: Int
  let norm: Norm
  let epsilon: Float
  let pixelBounds: PixelBox
  let run: RunRecord
  let cleanAccuracy: JSONNumber
  let robustAccuracy: JSONNumber
  let robustAccuracyInterval: [Double]
  let meanDistance: JSONNumber
  let largestDistance: JSONNumber
  let successRate: JSONNumber?
  let invalid: Int
  let forwards: Int
  let backwards: Int
  let zeroGradients: Int
  let seconds: Double
  let gradientsPerSecond: Double
  let minimumNorm: MinimumNormRecord?
  let queriesToSuccess: [QueryRecord]?
  let roundedSuccesses: Int?
  let warnings: [String]

  init(_ run: AttackRun, _ result: AttackTotals, seed: UInt64, warnings: [String]) {
    let (subject, evaluation) = (run.subject, result.summary)
    self.warnings = warnings
    self.run = RunRecord(seed: seed, fingerprint: evaluation.fingerprint)
    pixelBounds = evaluation.threat.bounds
    precision = subject.precision
    attack = run.summary
    targets = subject.targets?.argumentText
    model = ModelSummary(subject.model)
    data = DataSummary(result.examples.data, path: subject.dataPath)
    count = evaluation.count
    requested = evaluation.requested
    norm = evaluation.threat.norm
    epsilon = evaluation.threat.radius
    cleanAccuracy = JSONNumber(evaluation.cleanAccuracy.fraction)
    robustAccuracy = JSONNumber(evaluation.robustAccuracy.fraction)
    let interval = evaluation.robustAccuracy.interval
    robustAccuracyInterval = [interval.lowerBound, interval.upperBound]
    meanDistance = JSONNumber(evaluation.meanDistance)
    largestDistance = JSONNumber(evaluation.largestDistance.map(Double.init))
    successRate = subject.targets == nil ? nil : JSONNumber(evaluation.successRate.fraction)
    invalid = evaluation.invalidCount
    forwards = evaluation.forwards
    backwards = evaluation.backwards
    zeroGradients = evaluation.zeroGradients
    seconds = evaluation.seconds
    gradientsPerSecond = evaluation.gradientsPerSecond
    minimumNorm = MinimumNormRecord(run.attack, evaluation)
    queriesToSuccess = QueryRecord.curve(evaluation)
    roundedSuccesses = evaluation.roundedSuccesses
  }
}
