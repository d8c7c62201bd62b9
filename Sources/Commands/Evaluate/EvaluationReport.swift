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

  /// The accuracy of all examples.
  struct Accuracy: Encodable {
    let robustAccuracy: JSONNumber
    let robustAccuracyInterval: [Double]
    let invalid: Int

    init(_ accuracies: AccuracySummary) {
      robustAccuracy = JSONNumber(accuracies.accuracy)
      robustAccuracyInterval = [accuracies.interval.lowerBound, accuracies.interval.upperBound]
      invalid = accuracies.invalidCount
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
    let minimumNorm: MinimumNormRecord?
    let queriesToSuccess: [QueryRecord]?
    let roundedSuccesses: Int?

    init(_ result: AttackResultSummary, isTargeted: Bool) {
      attack = AttackSummary(result.attack)
      let worst = Accuracy(result.accuracies)
      (robustAccuracy, robustAccuracyInterval) = (worst.robustAccuracy, worst.robustAccuracyInterval)
      invalid = worst.invalid
      successRate = isTargeted ? result.bare.map { JSONNumber($0.successRate.fraction) } : nil
      bare = result.adaptive == nil ? nil : result.bare.map { Accuracy(AccuracySummary($0)) }
      oblivious = result.oblivious.map(Accuracy.init)
      adaptive = result.adaptive.map(Accuracy.init)
      forwards = result.forwards
      (zeroGradients, backwards) = result.gradients
      seconds = result.seconds
      // With a defence these would be of two runs.
      let alone = result.adaptive == nil ? result.bare : nil
      minimumNorm = alone.flatMap { MinimumNormRecord(result.attack, $0) }
      queriesToSuccess = alone.flatMap(QueryRecord.curve)
      roundedSuccesses = alone?.roundedSuccesses
    }
  }

  /// All attacks at one radius.
  struct Radius: Encodable {
    let epsilon: Float
    let cleanAccuracy: JSONNumber
    /// Those that were finished, of `attacksRequested`.
    let attacks: [Entry]
    let attacksRequested: Int
    let union: Accuracy
    /// What is certified of the same examples: at most what the union leaves.
    let certification: CertifyReport.Radius?

    init(_ result: SuiteSummary, _ certified: RadiusResult?, isTargeted: Bool) {
      epsilon = result.threat.radius
      cleanAccuracy = JSONNumber(result.clean.accuracy)
      attacks = result.attacks.map { Entry($0, isTargeted: isTargeted) }
      attacksRequested = result.requested.count
      union = Accuracy(result.union)
      certification = certified.map { CertifyReport.Radius($0) }
    }
  }

  let command: String
  let model: ModelSummary
  let data: DataSummary
  /// The examples that were finished.
  let count: Int
  /// Those that were asked for, where they are more.
  let requested: Int?
  let norm: Norm
  let suite: String
  let suiteDigest: String
  let policy: Suite.Policy
  let targets: String?
  let precision: Precision
  let pixelBounds: PixelBox
  let run: RunRecord
  let defence: Defence?
  let certification: MethodSummary?
  let cleanAccuracy: JSONNumber
  let radii: [Radius]
  let warnings: [String]
  let seconds: Double

  init(
    _ run: EvaluationRun, _ totals: EvaluationTotals,
    _ certification: (method: MethodSummary, results: [RadiusResult])?, command: String, seed: UInt64,
    warnings: [String]
  ) {
    let inputs = run.inputs
    self.command = command
    model = ModelSummary(inputs.model)
    data = DataSummary(totals.examples.data, path: inputs.dataPath)
    count = totals.count
    requested = totals.isComplete ? nil : totals.requested
    norm = run.norm
    suite = run.suite.name
    suiteDigest = run.suite.digest
    policy = run.suite.policy
    targets = inputs.targets?.argumentText
    precision = inputs.precision
    defence = inputs.defended.map { defended in
      Defence(
        preprocessor: "\(defended.preprocessor)", derivative: "\(defended.preprocessor.derivative)",
        isRandomized: defended.preprocessor.isRandomized, samples: defended.samples, draws: defended.draws)
    }
    pixelBounds = inputs.data.pixelRange
    self.run = RunRecord(seed: seed, fingerprint: totals.fingerprint)
    cleanAccuracy = JSONNumber(totals.results.first?.clean.accuracy)
    self.certification = certification?.method
    radii = totals.results.map { result in
      Radius(
        result, certification?.results.first { $0.threat == result.threat }, isTargeted: inputs.targets != nil)
    }
    self.warnings = warnings
    seconds = radii.reduce(0) { $0 + $1.attacks.reduce(0) { $0 + $1.seconds } }
  }
}
