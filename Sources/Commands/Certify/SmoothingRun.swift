internal import Arguments
internal import Attacks
internal import Certification
internal import Compute
internal import Exchange
internal import Networks
internal import Reports
internal import Training

/// Randomised smoothing of all examples.
struct SmoothingRun {
  /// An example with the time that it took.
  struct Entry: Codable, Hashable {
    let example: CertifiedExample
    let seconds: Double
  }

  /// What is known at the end.
  struct Result {
    let entries: [Entry]
    /// The images as they are, without noise.
    let clean: Proportion
    let requested: Int

    var curve: CertifiedCurve { CertifiedCurve(entries.map(\.example)) }
    var isComplete: Bool { entries.count == requested }
    var seconds: Double { entries.reduce(0) { $0 + $1.seconds } }
  }

  let examples: CertifiedExamples
  var subject: AttackSubject { examples.subject }
  let method: Smoothing
  /// The radii at which certified accuracy is shown.
  let radii: [PixelLength]
  /// Whether they were chosen here.
  let areRadiiFitted: Bool

  /// - Throws: `ValidationError` for a radius that is no number.
  init(_ examples: CertifiedExamples, _ method: Smoothing, _ options: CertifyOptions) throws {
    (self.examples, self.method) = (examples, method)
    areRadiiFitted = options.eps == nil
    radii = try areRadiiFitted ? Self.radii(for: method) : options.radii()
  }

  /// From 0 by halves of σ up to the largest that can be certified, no more than twelve.
  private static func radii(for method: Smoothing) throws -> [PixelLength] {
    let count = min(12, Int(method.largestRadius / (method.sigma / 2)) + 1)
    return try (0..<count).map {
      try PixelLength(argument: NumberFormat.significant(Double($0) * method.sigma / 2))
    }
  }

  /// Certifies, as far as it is not interrupted.
  func callAsFunction(
    _ execution: RunOptions, continuing journal: CertificationJournal<Entry>?, _ progress: ProgressLine
  ) throws -> Result {
    var known = Dictionary((journal?.finished.first ?? []).map { ($0.example.id, $0) }) { $1 }
    progress.advance(by: examples.ids.count { known[$0] != nil })
    var classifier = try classifier(execution)
    classifier.isCancelled = { InterruptSignal.isRaised }
    classifier.onProgress = { done in
      progress.advance(by: 0, share: Double(done.samplesDone) / Double(max(done.samplesTotal, 1)))
    }
    func enter(_ entry: Entry) throws {
      known[entry.example.id] = entry
      try journal?.add(entry, at: 0)
      progress.advance()
    }
    for range in examples.ranges {
      let open = range.filter { known[examples.ids[$0]] == nil }
      guard try !open.isEmpty && !InterruptSignal.isRaisedAnywhere else { continue }
      for entry in try certify(open, in: range, by: classifier, execution.workers.ranks, onEntry: enter)
      where known[entry.example.id] == nil {
        try enter(entry)
      }
    }
    try journal?.save()
    return Result(
      entries: examples.ids.compactMap { known[$0] }, clean: examples.clean, requested: examples.count)
  }

  /// The classifier behind noise.
  private func classifier(_ execution: RunOptions) throws -> SmoothedClassifier {
    var classifier = try SmoothedClassifier(subject.model.classifier, method)
    classifier.random = RandomSource(seed: execution.seed)
    classifier.workers = execution.workers
    return classifier
  }

  /// The first examples of every verdict for a report, with one of the noisy images that the classifier got.
  ///
  /// - Throws: What reading the images throws.
  func gallery(_ result: Result, _ execution: RunOptions) throws -> [Document.Block] {
    guard let gallery = CertificateGallery(examples, execution.report) else { return [] }
    let classifier = try classifier(execution)
    let chosen = CertificateGallery.first(result.entries.map(\.example), of: \.verdict)
    let pages = try gallery.gallery("Examples", of: chosen, id: \.id, stages: [""]) { shown, example in
      let certificate = example.certificate
      var facts = Facts()
      facts.add("smoothed class", certificate.certifiedClass.map { gallery.classNames[$0] } ?? "none")
      facts.add("certified radius, L2", .number(certificate.radius))
      facts.add("probability of the class, at least", .number(certificate.probabilityLowerBound))
      let noisy = classifier.sample(of: shown.image, id: shown.id)
      return [gallery.view(shown, example.verdict, other: ("with noise", noisy), facts.facts)]
    }
    return [.gallery(pages)]
  }

  /// Certifies some examples of a range, shared out among the processes.
  private func certify(
    _ rows: [Int], in range: Range<Int>, by classifier: SmoothedClassifier, _ ranks: any Ranks,
    onEntry: (Entry) throws -> Void
  ) throws -> [Entry] {
    let data = try examples.inputs(range).data
    let images = try LabelledImages(images: data.images, labels: data.labels, ids: data.ids)
    let own = rows[ranks.share(of: rows.count)].map { $0 - range.lowerBound }
    var (start, entries) = (ContinuousClock.now, [Entry]())
    _ = try classifier.certify(images.gathering(own)) { example in
      entries.append(Entry(example: example, seconds: (ContinuousClock.now - start) / .seconds(1)))
      start = .now
      try onEntry(entries[entries.count - 1])
    }
    return try ranks.gather(coded: entries)
  }

  /// The journal of this run.
  func journal(_ path: String, seed: UInt64) throws -> CertificationJournal<Entry> {
    let labels = examples.labelsByID
    return try CertificationJournal(
      path, of: examples, .smoothing(method), norm: .l2, radii: [0], seed: seed
    ) { entry in
      // What does not follow from its own votes was edited.
      let certificate = entry.example.certificate
      let (selection, estimation) = (certificate.selection, certificate.estimation)
      return labels[entry.example.id] == entry.example.label && entry.seconds.isFinite
        && [selection, estimation].allSatisfy { $0.isPossible(classCount: subject.model.classifier.classCount) }
        && selection.samples == method.selectionSamples && estimation.samples == method.samples
        && method.certificate(selection: selection, estimation: estimation) == certificate
    }
  }
}

extension CertifiedExample {
  /// In a word.
  var verdict: String {
    isCorrect ? "certified" : certificate.certifiedClass == nil ? "abstained" : "misclassified"
  }
}

extension VoteCounts {
  /// Whether it may be the votes for so many classes. Large numbers would overflow where they are added up.
  fileprivate func isPossible(classCount: Int) -> Bool {
    counts.count == classCount && (counts + [invalid]).allSatisfy { (0...1_000_000_000).contains($0) }
  }
}
