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

  /// The examples with the lowest scores for a report.
  ///
  /// - Throws: What reading the images throws.
  func gallery(_ results: [Result], _ execution: RunOptions) throws -> [Document.Block] {
    guard let last = results.last, let gallery = CertificateGallery(examples, execution.report) else { return [] }
    let lowest = last.entries.sorted { ($0.score, $0.id) < ($1.score, $1.id) }
      .prefix(Gallery.mostOfOneOutcome)
    let scores = results.map { result in Dictionary(result.entries.map { ($0.id, $0.score) }) { first, _ in first } }
    let stages = results.map { "eps = \($0.epsilon.argumentText)" }
    let pages = try gallery.gallery("Lowest scores", of: Array(lowest), id: \.id, stages: stages) { example, _ in
      scores.map { scores in
        var facts = Facts()
        facts.add("score", .optional(scores[example.id]) { .number($0) })
        return gallery.view(example, "", facts.facts)
      }
    }
    return [.gallery(pages)]
  }

  /// The journal of this run.
  func journal(_ path: String, seed: UInt64) throws -> CertificationJournal<Entry> {
    let labels = examples.labelsByID
    return try CertificationJournal(
      path, of: examples, .clever(method), norm: norm, radii: radii.map(\.value), seed: seed
    ) { labels[$0.id] == $0.label && $0.score.isFinite && $0.score >= 0 && $0.seconds.isFinite }
  }
}
