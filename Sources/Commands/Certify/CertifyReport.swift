internal import Attacks
internal import Exchange
internal import Networks

/// `certify --json` of bounds and exact verification.
struct CertifyReport: Encodable {
  /// All examples within one radius.
  struct Radius: Encodable {
    let epsilon: Float
    /// The examples that were finished, of `requested`.
    let count: Int
    let requested: Int
    let certifiedAccuracy: JSONNumber
    let certifiedAccuracyInterval: [Double]
    /// Null without an attack.
    let attackedAccuracy: JSONNumber
    let certified: Int
    let falsified: Int
    let undecided: Int
    let misclassified: Int
    let medianSeconds: JSONNumber
    let meanSeconds: JSONNumber
    let seconds: Double

    init(_ result: RadiusResult) {
      let times = result.times
      epsilon = result.threat.radius
      (count, requested) = (result.examples.count, result.requested)
      certifiedAccuracy = JSONNumber(result.certified.fraction)
      certifiedAccuracyInterval = [result.certified.interval.lowerBound, result.certified.interval.upperBound]
      attackedAccuracy = JSONNumber(result.attacked?.fraction)
      (certified, falsified) = (result.count(.certified), result.count(.falsified))
      (undecided, misclassified) = (result.count(.undecided), result.count(.misclassified))
      medianSeconds = JSONNumber(result.medianSeconds)
      meanSeconds = JSONNumber(times.isEmpty ? nil : times.reduce(0, +) / Double(times.count))
      seconds = result.seconds
    }
  }

  /// One example within one radius.
  struct Verdict: Encodable {
    let index: Int
    let label: Int
    let epsilon: Float
    let verdict: String
    /// Null where no bound is known.
    let marginLower: JSONNumber
    /// Null but for exact verification.
    let parts: Int?
    let seconds: Double

    init(_ example: ExampleCertificate, epsilon: Float) {
      (index, label, self.epsilon) = (example.id, example.label, epsilon)
      verdict = example.verdict.rawValue
      marginLower = JSONNumber(example.marginBound)
      (parts, seconds) = (example.parts, example.seconds)
    }
  }

  let command = "certify"
  let programVersion = Provenance.programVersion
  let method: MethodSummary
  let attack: AttackSummary?
  let model: ModelSummary
  let data: DataSummary
  let count: Int
  let norm: Norm
  let pixelBounds: PixelBox
  let seed: UInt64
  let cleanAccuracy: JSONNumber
  let cleanAccuracyInterval: [Double]
  /// The least of all radii: what `--require-certified-accuracy` judges.
  let certifiedAccuracy: JSONNumber
  /// The least of all radii; null without an attack.
  let attackedAccuracy: JSONNumber
  let radii: [Radius]
  let verdicts: [Verdict]
  let notes: [String]
  let warnings: [String]
  let seconds: Double

  init(_ run: CertifyRun, _ results: [RadiusResult], seed: UInt64, warnings: [String], notes: [String]) {
    let (subject, data) = (run.subject, run.examples.read.data)
    method = MethodSummary(run.method, run.arithmetic)
    attack = run.attack.map { AttackSummary($0) }
    model = ModelSummary(subject.model)
    self.data = DataSummary(data, path: subject.dataPath)
    count = data.count
    norm = run.norm
    pixelBounds = data.pixelRange
    self.seed = seed
    let clean = run.examples.clean
    cleanAccuracy = JSONNumber(clean.fraction)
    cleanAccuracyInterval = [clean.interval.lowerBound, clean.interval.upperBound]
    certifiedAccuracy = JSONNumber(results.compactMap(\.certified.fraction).min())
    attackedAccuracy = JSONNumber(results.compactMap { $0.attacked?.fraction }.min())
    radii = results.map(Radius.init)
    verdicts = results.flatMap { result in result.examples.map { Verdict($0, epsilon: result.threat.radius) } }
    (self.warnings, self.notes) = (warnings, notes)
    seconds = results.reduce(0) { $0 + $1.seconds }
  }
}
