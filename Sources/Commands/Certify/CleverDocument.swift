internal import Attacks
internal import Certification
internal import Exchange
internal import Hyperparameters
internal import Networks
internal import Reports

/// What `certify --method clever` reports: estimates.
struct CleverDocument: Report {
  private let run: CleverRun
  private let results: [CleverRun.Result]
  private let report: CleverReport
  /// What a report shows beside.
  private let details: [Document.Block]

  init(_ run: CleverRun, _ results: [CleverRun.Result], seed: UInt64, details: [Document.Block]) {
    (self.run, self.results, self.details) = (run, results, details)
    report = CleverReport(run, results, seed: seed)
  }

  func encode(to encoder: any Encoder) throws { try report.encode(to: encoder) }

  var document: Document {
    var document = Document("CLEVER scores")
    let (subject, data) = (run.subject, run.examples.read.data)
    var heading = Heading()
    heading.add(subject.model)
    heading.add(data, path: subject.dataPath, isGiven: subject.isDataGiven)
    heading.add("method", CertificationMethod.clever(run.method).title)
    heading.add("norm", "\(run.norm.symbol), pixels in \(NumberFormat.interval(data.pixelRange))")
    heading.add("clean", "\(Cell.percentage(run.examples.clean)); only what is classified rightly has a score")
    document.add(heading.facts)
    document.add(table)
    document.summary = summary
    let digests = Facts.digests(subject.model.file, data: data.sha256)
    document.add(details: results.compactMap(distribution) + details + [.facts(digests)])
    return document
  }

  private var summary: String? {
    guard let last = results.last, let median = last.median else { return nil }
    return "Within eps = \(last.epsilon.argumentText) CLEVER estimates that the smallest changes that alter the "
      + "class have a median of \(NumberFormat.significant(median)) in \(run.norm.symbol) over "
      + "\(counted(last.entries.count, "image", "images")): no certificate."
  }

  private func distribution(_ result: CleverRun.Result) -> Document.Block? {
    var histogram = Histogram()
    for score in result.scores { histogram.add(score) }
    return histogram.figure("Scores, eps = \(result.epsilon.argumentText)", xLabel: "score, \(run.norm.symbol)")
  }

  private var table: Table {
    var table = Table([
      .left("eps"), .right("scores"), .right("median score", short: "median"), .right("mean"), .right("least"),
      .right("time", .minor),
    ])
    for result in results {
      table.append([
        .text(result.epsilon.argumentText), .count(result.entries.count),
        .optional(result.median) { .number($0) }, .optional(result.mean) { .number($0) },
        .optional(result.scores.first) { .number($0) }, .duration(seconds: result.seconds),
      ])
    }
    table.notes = [CleverReport.remark]
    table.notes += results.filter { !$0.isComplete }.map {
      "partial, eps = \($0.epsilon.argumentText): \($0.entries.count) of \($0.requested) examples were finished"
    }
    return table
  }
}

/// `certify --method clever --json`.
struct CleverReport: Encodable {
  /// The scores within one radius.
  struct Radius: Encodable {
    let epsilon: Float
    let count: Int
    let requested: Int
    let medianScore: JSONNumber
    let meanScore: JSONNumber
    let leastScore: JSONNumber
    let seconds: Double
  }

  /// One example within one radius.
  struct Score: Encodable {
    let index: Int
    let label: Int
    let epsilon: Float
    let score: Double
    let seconds: Double
  }

  static let remark =
    "an estimate of the smallest perturbation, and no certificate: the score may exceed it; no score exceeds eps"
  let command = "certify"
  let programVersion = Provenance.programVersion
  let method: MethodSummary
  let isCertificate = false
  let model: ModelSummary
  let data: DataSummary
  let count: Int
  let norm: Norm
  let seed: UInt64
  let cleanAccuracy: JSONNumber
  let radii: [Radius]
  let scores: [Score]
  let notes = [remark]
  let seconds: Double

  init(_ run: CleverRun, _ results: [CleverRun.Result], seed: UInt64) {
    method = MethodSummary(.clever(run.method))
    model = ModelSummary(run.subject.model)
    data = DataSummary(run.examples.read.data, path: run.subject.dataPath)
    count = run.examples.count
    norm = run.norm
    self.seed = seed
    cleanAccuracy = JSONNumber(run.examples.clean.fraction)
    radii = results.map {
      Radius(
        epsilon: $0.epsilon.value, count: $0.entries.count, requested: $0.requested, medianScore: JSONNumber($0.median),
        meanScore: JSONNumber($0.mean), leastScore: JSONNumber($0.scores.first), seconds: $0.seconds)
    }
    scores = results.flatMap { result in
      result.entries.map {
        Score(
          index: $0.id, label: $0.label, epsilon: result.epsilon.value, score: $0.score, seconds: $0.seconds)
      }
    }
    seconds = results.reduce(0) { $0 + $1.seconds }
  }
}
