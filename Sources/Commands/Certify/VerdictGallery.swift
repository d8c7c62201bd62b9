internal import Exchange
internal import Networks
internal import Reports

/// The gallery of bounds and exact verification, whose counterexamples come range by range.
struct VerdictGallery {
  private let run: CertifyRun
  private let gallery: CertificateGallery
  /// The first counterexamples within each radius, by id. What is falsified within a small radius is so within a larger
  /// one, so that those of the examples that are shown are among them, unless an attack found less within the larger one.
  private var counterexamples: [Float: [Int: [Float]]] = [:]

  /// `nil` where no page is written, or the examples are no images.
  init?(_ run: CertifyRun, _ report: ReportFile?) {
    guard let gallery = CertificateGallery(run.examples, report) else { return nil }
    (self.run, self.gallery) = (run, gallery)
  }

  /// Keeps the first counterexamples of a range.
  mutating func append(_ range: RadiusResult) {
    var known = counterexamples[range.threat.radius] ?? [:]
    for example in range.examples where known.count < Gallery.mostOfOneOutcome {
      if let counterexample = example.counterexample { known[example.id] = counterexample }
    }
    counterexamples[range.threat.radius] = known
  }

  /// Of every verdict within the largest radius the first examples.
  ///
  /// - Throws: What reading the images or the model throw.
  func blocks(_ results: [RadiusResult]) throws -> [Document.Block] {
    guard let last = results.last else { return [] }
    let chosen = CertificateGallery.first(last.examples) { $0.verdict.rawValue }
    let known = results.map { result in Dictionary(result.examples.map { ($0.id, $0) }) { first, _ in first } }
    let stages = results.map { "eps = \($0.epsilon.argumentText)" }
    let pages = try gallery.gallery("Examples", of: chosen, id: \.id, stages: stages) { example, _ in
      try zip(results, known).map { result, known in
        // What is known within the last radius is known within those before.
        let certificate =
          known[example.id] ?? ExampleCertificate(id: example.id, label: example.label, verdict: .undecided)
        return try view(example, certificate, counterexamples[result.threat.radius]?[example.id])
      }
    }
    return [.gallery(pages)]
  }

  private func view(
    _ example: CertificateGallery.Example, _ certificate: ExampleCertificate, _ counterexample: [Float]?
  ) throws -> Gallery.View {
    var facts = Facts()
    if let bound = certificate.marginBound, bound.isFinite { facts.add("margin, at least", .number(bound)) }
    if let parts = certificate.parts { facts.add("parts of the ball", .count(parts)) }
    guard let counterexample else { return gallery.view(example, certificate.verdict.rawValue, facts.facts) }
    let input = Tensor(shape: example.image.shape, scalars: counterexample)
    let found = predictions(of: try run.subject.model.classifier.logits(of: input))[0]
    facts.add("counterexample taken for", found.map { gallery.classNames[$0] } ?? "no class")
    return gallery.view(example, certificate.verdict.rawValue, other: ("counterexample", input), facts.facts)
  }
}
