internal import Arguments
internal import Attacks
internal import Certification
internal import Compute
internal import Exchange
internal import Hyperparameters
internal import Networks
internal import Reports

/// CLEVER scores of all examples that are classified rightly.
struct CleverRun {
  /// The score of one example; it belongs to no certificate.
  struct Entry: Codable, Hashable {
    let id: Int
    let label: Int
    let score: Double
    let seconds: Double
  }

  /// The scores within one radius, which no score exceeds.
  struct Result {
    let epsilon: PixelLength
    let entries: [Entry]
    /// How many are classified rightly.
    let requested: Int

    var scores: [Double] { entries.map(\.score).sorted() }
    var seconds: Double { entries.reduce(0) { $0 + $1.seconds } }
    var isComplete: Bool { entries.count == requested }

    var median: Double? {
      let scores = scores
      return scores.isEmpty ? nil : (scores[(scores.count - 1) / 2] + scores[scores.count / 2]) / 2
    }

    var mean: Double? { entries.isEmpty ? nil : scores.reduce(0, +) / Double(entries.count) }
  }

  let examples: CertifiedExamples
  var subject: AttackSubject { examples.subject }
  let method: CleverScore
  let norm: Norm
  let radii: [PixelLength]

  init(_ examples: CertifiedExamples, _ method: CleverScore, _ options: CertifyOptions) throws {
    (self.examples, self.method, norm) = (examples, method, options.norm ?? .linf)
    radii = try options.radii()
    let classCount = examples.subject.model.classifier.classCount
    guard classCount > 1 else {
      throw CertificationError.mismatch(expected: "a network of two classes or more", found: "one of \(classCount)")
    }
  }

  /// Computes the scores, as far as it is not interrupted.
  func callAsFunction(
    _ execution: RunOptions, continuing journal: CertificationJournal<Entry>?, _ progress: ProgressLine
  ) throws -> [Result] {
    defer { progress.finish() }
    let ids = examples.ids.indices.filter { examples.isRight[$0] }.map { examples.ids[$0] }
    var results: [Result] = []
    for (index, radius) in radii.enumerated() {
      var known = Dictionary((journal?.finished[index] ?? []).map { ($0.id, $0) }) { $1 }
      progress.advance(by: ids.count { known[$0] != nil })
      func enter(_ entry: Entry?) throws {
        guard let entry else { return }
        known[entry.id] = entry
        try journal?.add(entry, at: index)
        progress.advance()
      }
      for range in examples.ranges {
        let open = range.filter { examples.isRight[$0] && known[examples.ids[$0]] == nil }
        guard try !open.isEmpty && !InterruptSignal.isRaisedAnywhere else { continue }
        let data = try examples.inputs(range).data
        _ = try execution.workers.ranks.shared(open) { rows in
          try rows.map { row in
            let entry = InterruptSignal.isRaised ? nil : try score(row - range.lowerBound, of: data, radius, execution)
            try enter(entry)
            return entry
          }
        } onOther: {
          try enter($0)
        }
      }
      let entries = ids.compactMap { known[$0] }
      try journal?.save()
      results.append(Result(epsilon: radius, entries: entries, requested: ids.count))
    }
    return results
  }

  /// Nil where it was interrupted.
  private func score(
    _ row: Int, of data: Dataset, _ radius: PixelLength, _ execution: RunOptions
  ) throws -> Entry? {
    let start = ContinuousClock.now
    let estimate: CleverEstimate?
    do {
      estimate = try method.estimate(
        for: data.images.examples(row..<row + 1), id: data.ids[row], threat: subject.threat(norm, radius),
        model: subject.model.classifier, random: RandomSource(seed: execution.seed), workers: execution.workers,
        isCancelled: { InterruptSignal.isRaised })
    } catch is CancellationError {
      return nil
    }
    return estimate.map {
      Entry(
        id: data.ids[row], label: data.labels[row], score: $0.score,
        seconds: (ContinuousClock.now - start) / .seconds(1))
    }
  }

  /// The journal of this run.
  func journal(_ path: String, seed: UInt64) throws -> CertificationJournal<Entry> {
    let labels = examples.labelsByID
    return try CertificationJournal(
      path, of: examples, .clever(method), norm: norm, radii: radii.map(\.value), seed: seed
    ) { labels[$0.id] == $0.label && $0.score.isFinite && $0.score >= 0 && $0.seconds.isFinite }
  }
}

/// What `certify --method clever` reports: estimates.
struct CleverDocument: Report {
  private let run: CleverRun
  private let results: [CleverRun.Result]
  private let report: CleverReport

  init(_ run: CleverRun, _ results: [CleverRun.Result], seed: UInt64) {
    (self.run, self.results) = (run, results)
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
    document.add(table)
    return document
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
