internal import Attacks
internal import Exchange
internal import Networks
internal import Reports

/// Some examples of an attack for the gallery of a report: of every outcome the first.
struct ExampleGallery {
  private struct Entry {
    let outcome: ExampleOutcome
    /// The image, and what the attack gave back: `[2, C, H, W]`.
    let images: Tensor<Float>
  }

  /// Of one outcome.
  private static let most = 40
  /// Bytes of all pictures, so that a page stays below 5 MB.
  private static let mostBytes = 3 << 20

  private let pixels: PixelBox
  private let classNames: [String]?
  private var entries: [Entry] = []
  private var counts: [String: Int] = [:]

  /// `nil` where examples of this shape are no grey or colored images.
  init?(_ shape: Shape, pixels: PixelBox, classNames: [String]?) {
    guard shape.rank == 3, shape[0] == 1 || shape[0] == 3 else { return nil }
    (self.pixels, self.classNames) = (pixels, classNames)
  }

  /// Takes those of a range of which there are not enough yet.
  mutating func append(_ range: EvaluatedRange) {
    guard let images = range.images, let candidates = range.candidates else { return }
    for (row, outcome) in range.evaluation.examples.enumerated() {
      let name = outcome.status.name
      guard counts[name, default: 0] < Self.most else { continue }
      counts[name, default: 0] += 1
      let pair = [images, candidates].map { $0.examples(row..<row + 1) }
      entries.append(Entry(outcome: outcome, images: .concatenating(pair)))
    }
  }

  /// The gallery, as far as its pictures fit.
  func gallery(_ model: some Classifier) throws -> Gallery {
    var (items, bytes) = ([Gallery.Item](), 0)
    for entry in entries {
      let pictures = pictures(entry)
      bytes += pictures.reduce(0) { $0 + $1.png.count }
      guard bytes <= Self.mostBytes else { break }
      items.append(
        Gallery.Item(
          "example \(entry.outcome.id)", kind: name(entry.outcome.label), outcome: entry.outcome.status.name, pictures,
          facts(entry.outcome, try model.logits(of: entry.images))))
    }
    return Gallery("Examples", items)
  }

  private func facts(_ outcome: ExampleOutcome, _ logits: Tensor<Float>) -> Facts {
    var facts = Facts()
    facts.add("class", name(outcome.label))
    facts.add("outcome", outcome.status.name)
    for (title, row) in [("image", 0), ("attacked", 1)] {
      let scalars = logits.examples(row..<row + 1).scalars
      let best = scalars.indices.sorted { scalars[$0] > scalars[$1] }.prefix(3)
      let texts = best.map { "\(name($0)): \(NumberFormat.significant(Double(scalars[$0]), digits: 3))" }
      facts.add("logits, \(title)", texts.joined(separator: ", "))
    }
    facts.add("distance", .number(Double(outcome.distance)))
    return facts
  }

  private func name(_ label: Int) -> String {
    guard let classNames, classNames.indices.contains(label) else { return "\(label)" }
    return classNames[label]
  }

  private func pictures(_ entry: Entry) -> [Gallery.Picture] {
    let (clean, attacked) = (entry.images.examples(0..<1), entry.images.examples(1..<2))
    let area = clean.shape.count / clean.shape[1]
    let shares = [clean, attacked].map { image in
      image.scalars.indices.map { place in
        let range = pixels.ranges[pixels.uniform == nil ? place / area : 0]
        return (image.scalars[place] - range.lowerBound) / (range.upperBound - range.lowerBound)
      }
    }
    let changes = zip(shares[0], shares[1]).map { $1 - $0 }
    let largest = changes.map(abs).max() ?? 0
    let factor = largest > 0 ? 0.5 / largest : 0
    let names = ["image", "attacked", "change × \(NumberFormat.significant(Double(factor), digits: 2))"]
    let titles = largest > 0 ? names : Array(names.prefix(1))
    return zip(titles, [shares[0], shares[1], changes.map { 0.5 + factor * $0 }]).compactMap { title, shares in
      picture(title, shares, clean.shape)
    }
  }

  /// A picture of a row-major image whose pixels are shares of their range.
  private func picture(_ title: String, _ shares: [Float], _ shape: Shape) -> Gallery.Picture? {
    let (channels, height, width) = (shape[1], shape[2], shape[3])
    let area = height * width
    let samples = (0..<area * channels).map { place -> UInt8 in
      let share = shares[place % channels * area + place / channels]
      return share.isFinite ? UInt8((min(max(share, 0), 1) * 255).rounded()) : 0
    }
    return PNGEncoder.bytes(of: samples, width: width, height: height, channels: channels).map {
      Gallery.Picture(title, png: $0, width: width, height: height)
    }
  }
}
