internal import Attacks
internal import Exchange
internal import Networks
internal import Reports

/// What `transfer` reports.
struct TransferDocument: Report {
  private let run: TransferRun
  private let matrix: TransferMatrix
  private let report: TransferReport

  init(_ run: TransferRun, _ matrix: TransferMatrix, seed: UInt64, seconds: Double) {
    (self.run, self.matrix) = (run, matrix)
    report = TransferReport(run, matrix, seed: seed, seconds: seconds)
  }

  func encode(to encoder: any Encoder) throws { try report.encode(to: encoder) }

  var document: Document {
    var document = Document("Transfer")
    var heading = Heading()
    for (number, model) in run.models.enumerated() { heading.add("model \(number + 1)", model.path) }
    heading.add(run.data.properties, path: run.dataPath, isGiven: run.isDataGiven)
    heading.add("attack", run.attack.title)
    heading.add("threat", run.threat.text(epsilon: run.epsilon))
    if let targets = run.targets { heading.add("target", targets.title) }
    document.add(heading.facts)
    document.add(table)
    for warning in report.warnings { document.warn(warning) }
    return document
  }

  private var table: Table {
    let numbers = run.models.indices
    let targets = numbers.map { Table.Column.right("breaks model \($0 + 1)", short: "breaks \($0 + 1)") }
    var table = Table([.left("found on")] + targets)
    for surrogate in numbers {
      table.append(
        [.text("model \(surrogate + 1)")]
          + numbers.map { .percentage(matrix.success(surrogate: surrogate, target: $0)) })
    }
    table.notes = [
      "success rates among the \(NumberFormat.count(report.count)) of \(counted(report.requested, "image", "images")) "
        + "that every model gets right"
    ]
    return table
  }
}

/// `transfer --json`.
struct TransferReport: Encodable {
  let command = "transfer"
  let attack: AttackSummary
  let targets: String?
  let models: [ModelSummary]
  let data: DataSummary
  /// The examples that every model gets right.
  let count: Int
  let requested: Int
  let norm: Norm
  let epsilon: Float
  let pixelBounds: PixelBox
  let run: RunRecord
  /// Rows: where examples were found; columns: which model judged.
  let successRates: [[JSONNumber]]
  let successes: [[Int]]
  /// The gradients of each row.
  let backwards: [Int]
  let invalid: Int
  let warnings: [String]
  let seconds: Double

  init(_ run: TransferRun, _ matrix: TransferMatrix, seed: UInt64, seconds: Double) {
    attack = AttackSummary(run.attack)
    targets = run.targets?.argumentText
    models = run.models.map { ModelSummary($0) }
    data = DataSummary(run.data.properties, path: run.dataPath)
    count = matrix.set.count
    requested = run.data.count
    norm = run.threat.norm
    epsilon = run.threat.radius
    pixelBounds = run.threat.bounds
    self.run = RunRecord(seed: seed, matrix.evaluations.joined().flatMap(\.examples))
    successRates = matrix.evaluations.map { $0.map { JSONNumber($0.successRate.fraction) } }
    successes = matrix.evaluations.map { $0.map(\.successRate.hits) }
    backwards = matrix.evaluations.enumerated().map { $1[$0].backwards }
    invalid = matrix.evaluations.joined().reduce(0) { $0 + $1.invalidCount }
    warnings = matrix.diagnostics.map(\.description)
    self.seconds = seconds
  }
}
