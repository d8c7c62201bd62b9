internal import Attacks
internal import Exchange
internal import Networks
internal import Reports

/// Examples of a certification for the gallery of a report: the image, what is known of it, and where there is one, another
/// input with the difference.
struct CertificateGallery {
  /// One of them.
  struct Example {
    let id: Int
    let label: Int
    /// `[1, C, H, W]`.
    let image: Tensor<Float>
  }

  private let examples: CertifiedExamples
  private let painter: ImagePainter
  let classNames: ClassNames

  /// `nil` where no page is written, or examples of this kind are no grey or coloured images.
  init?(_ examples: CertifiedExamples, _ report: ReportFile?) {
    let data = examples.read.data
    guard report?.showsPictures == true, Launch.ranks.isFirst,
      let painter = ImagePainter(data.imageShape, pixels: data.pixelRange)
    else { return nil }
    (self.examples, self.painter, classNames) = (examples, painter, ClassNames(data))
  }

  /// Of every verdict the first entries.
  static func first<Entry>(_ entries: [Entry], of verdict: (Entry) -> String) -> [Entry] {
    var counts: [String: Int] = [:]
    return entries.filter { entry in
      let count = counts[verdict(entry), default: 0]
      counts[verdict(entry)] = count + 1
      return count < Gallery.mostOfOneOutcome
    }
  }

  /// What is known of some examples, in its order.
  ///
  /// - Throws: What reading their images or `views` throw.
  func gallery<Entry>(
    _ title: String, of entries: [Entry], id: (Entry) -> Int, stages: [String],
    views: (Example, Entry) throws -> [Gallery.View]
  ) throws -> Gallery {
    let places = Dictionary(zip(examples.ids, examples.ids.indices)) { first, _ in first }
    let images = try examples.images(entries.compactMap { places[id($0)] })
    return try Gallery(title, stages: stages, fitting: entries) { entry in
      guard let row = places[id(entry)], let image = images[row] else { return nil }
      let example = Example(id: id(entry), label: examples.labels[row], image: image)
      return Gallery.Item("example \(example.id)", kind: classNames[example.label], try views(example, entry))
    }
  }

  /// An example at one stage.
  ///
  /// - Parameters:
  ///   - example: The example.
  ///   - verdict: What was shown of it; empty for nothing.
  ///   - other: Another input, with its name.
  ///   - facts: What else is known.
  /// - Returns: Its pictures and all that is known.
  func view(
    _ example: Example, _ verdict: String, other: (title: String, input: Tensor<Float>)? = nil, _ facts: [Facts.Fact]
  ) -> Gallery.View {
    var all = Facts()
    all.add("class", classNames[example.label])
    if !verdict.isEmpty { all.add("verdict", verdict) }
    for fact in facts { all.add(fact.label, fact.value) }
    let changed = other.map { painter.changed($0.input, from: example.image, title: $0.title) } ?? []
    return Gallery.View(outcome: verdict, painter.image("image", example.image) + changed, all)
  }
}
