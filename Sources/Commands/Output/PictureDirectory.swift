internal import Attacks
internal import Exchange
internal import Networks
internal import Reports

/// The directory of `--save-images`: `image/CLASS/ID.png`, `attacked/CLASS/ID.png` and `change/CLASS/ID.png` of every
/// attacked example, as torchvision's `ImageFolder` and the lab's `--data` take each of them, and `sheet.png` of the first
/// broken ones.
struct PictureDirectory {
  /// Examples on the sheet.
  private static let most = 8

  private let path: String
  private let painter: ImagePainter
  private let classNames: ClassNames
  private var sheet: [[Gallery.Picture]] = []
  private var count = 0
  /// What kept a picture from being written; the run goes on, because what it finds is worth showing all the same.
  private var failure: (any Error)?

  /// Makes the directory.
  ///
  /// - Throws: `ExchangeError` where it cannot be made, or holds something already; `MismatchedFile` where the data are no
  ///   images.
  init(_ path: String, _ data: DatasetProperties, dataPath: String, force: Bool) throws {
    guard let painter = ImagePainter(data.imageShape, pixels: data.pixelRange) else {
      throw MismatchedFile(
        description: "\(dataPath): --save-images takes grey or coloured images, found examples of \(data.imageShape)")
    }
    (self.path, self.painter, classNames) = (path, painter, ClassNames(data))
    guard Launch.ranks.isFirst else { return }
    try makeEmptyDirectory(path, force: force)
  }

  /// What it holds.
  var summary: String { "\(path): \(counted(count, "example", "examples"))" }

  /// Writes the attacked examples of a range.
  mutating func append(_ images: Tensor<Float>, _ found: EvaluatedCandidates) {
    guard Launch.ranks.isFirst, failure == nil else { return }
    do { try write(images, found) } catch { failure = error }
  }

  private mutating func write(_ images: Tensor<Float>, _ found: EvaluatedCandidates) throws {
    for (row, outcome) in found.evaluation.examples.enumerated() where outcome.isBroken || outcome.status.isRobust {
      let (image, candidate) = (images.examples(row..<row + 1), found.images.examples(row..<row + 1))
      let clean = painter.image("image", image)
      let pictures = clean + painter.changed(candidate, from: image, title: "attacked")
      for (folder, picture) in zip(["image", "attacked", "change"], pictures.count == 1 ? clean + clean : pictures) {
        try write(picture, outcome, folder)
      }
      count += 1
      if outcome.isBroken, sheet.count < Self.most, pictures.count == 3 { sheet.append(pictures) }
    }
  }

  private func write(_ picture: Gallery.Picture, _ outcome: ExampleOutcome, _ folder: String) throws {
    let directory = "\(path)/\(folder)/\(classNames.folder(outcome.label))"
    for made in ["\(path)/\(folder)", directory] { try makeDirectory(made) }
    try PlainFile.replace("\(directory)/\(padded(outcome.id, to: 6)).png", with: picture.png)
  }

  /// Writes the sheet: a column for each example.
  ///
  /// - Throws: `ExchangeError` where it, or a picture before, could not be written.
  func finish() throws {
    if let failure { throw failure }
    guard Launch.ranks.isFirst, let first = sheet.first?.first else { return }
    let layout = TileSheet(
      width: first.width, height: first.height, channels: first.channels, across: sheet.count,
      scale: max(1, (63 + first.height) / first.height), margin: 2)
    // Image, attacked image and change, each in a row.
    let tiles = (0..<3).flatMap { row in sheet.map { $0[row].samples } }
    guard let picture = layout.picture("sheet", tiles) else { return }
    try PlainFile.replace("\(path)/sheet.png", with: picture.png)
  }
}
