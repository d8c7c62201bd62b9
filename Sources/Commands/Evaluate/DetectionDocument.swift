internal import Attacks
internal import Defences
internal import Exchange
internal import Networks
internal import Reports

/// What `evaluate --detector` reports: one table per radius, the detector under an attack that ignores it and under one
/// that knows it.
struct DetectionDocument: Report {
  private let run: DetectionRun
  private let results: [[DetectorEvaluation.Result]]
  private let seed: UInt64
  private let warnings: [EvaluationWarning]

  init(_ run: DetectionRun, _ results: [[DetectorEvaluation.Result]], seed: UInt64) {
    (self.run, self.results, self.seed) = (run, results, seed)
    warnings = run.warnings(results)
  }

  func encode(to encoder: any Encoder) throws {
    try DetectionReport(run, results, seed: seed, warnings: warnings.map(\.text)).encode(to: encoder)
  }

  var document: Document {
    var document = Document("Evaluation of a detector")
    document.add(heading.facts)
    for (epsilon, results) in zip(run.radii, results) { document.add(table(results, epsilon.argumentText)) }
    for warning in warnings { document.warn(warning.text) }
    return document
  }

  private var heading: Heading {
    let inputs = run.inputs
    var heading = Heading(holdsDoubts: false)
    heading.add(inputs.model)
    heading.add(inputs.data.properties, path: inputs.dataPath, isGiven: inputs.isDataGiven)
    heading.add("norm", "\(run.norm.symbol), pixels in \(NumberFormat.interval(inputs.data.pixelRange))")
    heading.add("detector", "\(run.detector)")
    return heading
  }

  private func table(_ results: [DetectorEvaluation.Result], _ epsilon: String) -> Table {
    var table = Table(
      [
        .left("attack"), .right("misclassified", short: "broken", .minor), .right("AUC", .major),
        .right("detected at 5 % false positives", short: "detected", .major),
        .right("right or detected", short: "robust"), .right("95 % interval", .minor),
      ], title: "eps = \(epsilon)")
    for result in results {
      let broken = result.evaluation.examples.count { $0.isBroken }
      table.append([
        .text(Self.title(result.knowledge)),
        .percentage(Proportion(hits: broken, count: result.evaluation.robustAccuracy.count)),
        .optional(result.roc.area) { .decimal($0, decimals: 4) },
        .optional(result.roc.truePositiveRate(falsePositiveRate: DetectorEvaluation.falsePositiveRate)) {
          .percentage($0)
        },
        .percentage(result.robustAccuracy), .interval(result.robustAccuracy.interval),
      ])
    }
    return table
  }

  private static func title(_ knowledge: DetectorEvaluation.Knowledge) -> String {
    switch knowledge {
    case .oblivious: "PGD, oblivious"
    case .aware: "PGD, adaptive"
    }
  }
}
