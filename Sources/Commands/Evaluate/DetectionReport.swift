internal import Attacks
internal import Defences
internal import Exchange
internal import Networks

/// `evaluate --detector --json`.
struct DetectionReport: Encodable {
  /// One attack at one radius.
  struct Entry: Encodable {
    let attack: String
    let broken: Int
    let areaUnderCurve: JSONNumber
    let truePositiveRateAt5Percent: JSONNumber
    let robustAccuracy: JSONNumber
    let robustAccuracyInterval: [Double]

    init(_ result: DetectorEvaluation.Result) {
      attack = result.knowledge.rawValue
      broken = result.evaluation.examples.count { $0.isBroken }
      areaUnderCurve = JSONNumber(result.roc.area)
      truePositiveRateAt5Percent = JSONNumber(
        result.roc.truePositiveRate(falsePositiveRate: DetectorEvaluation.falsePositiveRate))
      robustAccuracy = JSONNumber(result.robustAccuracy.fraction)
      let interval = result.robustAccuracy.interval
      robustAccuracyInterval = [interval.lowerBound, interval.upperBound]
    }
  }

  /// Both attacks at one radius.
  struct Radius: Encodable {
    let epsilon: Float
    let attacks: [Entry]
  }

  let command = "evaluate"
  let model: ModelSummary
  let data: DataSummary
  let count: Int
  let cleanAccuracy: JSONNumber
  let norm: String
  let detector: String
  let run: RunRecord
  let radii: [Radius]
  let warnings: [String]
  let seconds: Double

  init(_ run: DetectionRun, _ results: [[DetectorEvaluation.Result]], seed: UInt64, warnings: [String]) {
    let inputs = run.inputs
    self.warnings = warnings
    model = ModelSummary(inputs.model)
    data = DataSummary(inputs.data.properties, path: inputs.dataPath)
    count = inputs.data.count
    let all = results.flatMap { $0 }
    self.run = RunRecord(seed: seed, all.flatMap(\.evaluation.examples))
    cleanAccuracy = JSONNumber(all.first?.evaluation.cleanAccuracy.fraction)
    norm = run.norm.rawValue
    detector = "\(run.detector)"
    radii = zip(run.radii, results).map { epsilon, results in
      Radius(epsilon: epsilon.value, attacks: results.map(Entry.init))
    }
    seconds = all.reduce(0) { $0 + $1.evaluation.seconds }
  }
}
