internal import Attacks
internal import Defences
internal import Exchange
internal import Networks
internal import Reports

/// One table per radius: the detector under an attack that ignores it and under one that knows it.
enum DetectionTable {
  static func text(_ results: [DetectionResult], epsilon: PixelLength) -> String {
    var table = Table([
      .left("attack"), .right("misclassified", short: "broken", .minor), .right("AUC", .major),
      .right("found at 5 % false alarms", short: "found", .major), .right("right or found", short: "robust"),
      .right("95 % interval", .minor),
    ])
    for result in results {
      let broken = result.evaluation.examples.count { $0.isBroken }
      table.append([
        result.title,
        NumberFormat.percentage(Proportion(hits: broken, count: result.evaluation.robustAccuracy.count)),
        result.roc.area.map { NumberFormat.fixed($0, decimals: 4) } ?? "–",
        result.roc.truePositiveRate(falsePositiveRate: DetectionSession.falsePositiveRate)
          .map { NumberFormat.percentage($0) } ?? "–",
        NumberFormat.percentage(result.robustAccuracy), NumberFormat.percentages(result.robustAccuracy.interval),
      ])
    }
    return "eps = \(epsilon.argumentText)\n" + table.text(fitting: Terminal.standardOutput.tableWidth)
  }
}

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

    init(_ result: DetectionResult, name: String) {
      attack = name
      broken = result.evaluation.examples.count { $0.isBroken }
      areaUnderCurve = JSONNumber(result.roc.area)
      truePositiveRateAt5Percent = JSONNumber(
        result.roc.truePositiveRate(falsePositiveRate: DetectionSession.falsePositiveRate))
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
  let radii: [Radius]
  let warnings: [String]
  let seconds: Double

  init(_ results: [[DetectionResult]], warnings: [String], session: DetectionSession) {
    self.warnings = warnings
    model = ModelSummary(session.model)
    data = DataSummary(session.data, path: session.dataPath)
    count = session.data.count
    cleanAccuracy = JSONNumber(results.first?.first?.evaluation.cleanAccuracy.fraction)
    norm = session.command.evaluation.norm.rawValue
    detector = "\(session.detector)"
    radii = zip(session.command.evaluation.eps.values, results).map { epsilon, results in
      Radius(
        epsilon: epsilon.value,
        attacks: zip(results, ["oblivious", "aware"]).map { Entry($0, name: $1) })
    }
    seconds = results.flatMap { $0 }.reduce(0) { $0 + $1.evaluation.seconds }
  }
}
