internal import Attacks
internal import Exchange
internal import Networks
internal import Reports

/// Some examples of an attack for the gallery of a report: of every outcome the first.
struct ExampleGallery {
  /// An example within each radius.
  struct Entry {
    /// The image: `[1, C, H, W]`.
    let image: Tensor<Float>
    /// How it ended, and what the attack gave back.
    let stages: [(outcome: ExampleOutcome, candidate: Tensor<Float>)]

    /// How it ended within the largest radius.
    var last: ExampleOutcome { stages[stages.count - 1].outcome }
  }

  private let stages: [String]
  private let painter: ImagePainter
  private let classNames: ClassNames
  private(set) var entries: [Entry] = []
  private var counts: [String: Int] = [:]

  /// `nil` where examples of this kind are no grey or coloured images.
  init?(_ data: DatasetProperties, stages: [String]) {
    guard let painter = ImagePainter(data.imageShape, pixels: data.pixelRange) else { return nil }
    (self.painter, self.stages, classNames) = (painter, stages, ClassNames(data))
  }

  /// Takes those of a range of which there are not enough yet, by how they end within the largest radius.
  mutating func append(_ images: Tensor<Float>, _ found: [EvaluatedCandidates]) {
    guard let last = found.last else { return }
    for (row, outcome) in last.evaluation.examples.enumerated() {
      let name = outcome.status.name
      guard counts[name, default: 0] < Gallery.mostOfOneOutcome else { continue }
      counts[name, default: 0] += 1
      entries.append(
        Entry(
          image: images.examples(row..<row + 1),
          stages: found.map { ($0.evaluation.examples[row], $0.images.examples(row..<row + 1)) }))
    }
  }

  /// So many examples, broken ones first, without their saliency.
  func gallery(_ model: some DifferentiableClassifier, first count: Int) throws -> Gallery {
    let sorted = entries.filter { $0.last.isBroken } + entries.filter { !$0.last.isBroken }
    let items = try sorted.prefix(count).map { entry in
      try item(entry, model, logits: model.logits(of: entry.image))
    }
    return Gallery("Examples", stages: stages, items)
  }

  /// The gallery, as far as its pictures fit.
  func gallery(_ model: some DifferentiableClassifier) throws -> Gallery {
    try Gallery("Examples", stages: stages, fitting: entries) { entry in
      let label = entry.last.label
      let (logits, gradient) = try model.pullback(at: entry.image) { logits, _ in
        Loss.crossEntropy(logits, labels: [label]).gradient
      }
      return try item(entry, model, logits: logits, painter.magnitude("saliency", gradient))
    }
  }

  /// An example with what is known of its image.
  private func item(
    _ entry: Entry, _ model: some DifferentiableClassifier, logits: Tensor<Float>, _ further: [Gallery.Picture] = []
  ) throws -> Gallery.Item {
    let views = try entry.stages.map { outcome, candidate in
      let pictures =
        painter.image("image", entry.image) + painter.changed(candidate, from: entry.image, title: "attacked") + further
      return Gallery.View(
        outcome: outcome.status.name, pictures, facts(outcome, clean: logits, attacked: try model.logits(of: candidate))
      )
    }
    return Gallery.Item("example \(entry.last.id)", kind: classNames[entry.last.label], views)
  }

  private func facts(_ outcome: ExampleOutcome, clean: Tensor<Float>, attacked: Tensor<Float>) -> Facts {
    var facts = Facts()
    facts.add("class", classNames[outcome.label])
    facts.add("outcome", outcome.status.name)
    for (title, logits) in [("image", clean), ("attacked", attacked)] {
      let scalars = logits.scalars
      let best = scalars.indices.sorted { scalars[$0] > scalars[$1] }.prefix(3)
      let texts = best.map { "\(classNames[$0]): \(NumberFormat.significant(Double(scalars[$0]), digits: 3))" }
      facts.add("logits, \(title)", texts.joined(separator: ", "))
    }
    facts.add("distance", .number(Double(outcome.distance)))
    return facts
  }
}
