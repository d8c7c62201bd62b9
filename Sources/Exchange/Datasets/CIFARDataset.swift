import Networks

/// A directory with the batches of CIFAR-10 or CIFAR-100.
///
/// Krizhevsky, *Learning multiple layers of features from tiny images*, 2009.
struct CIFARDataset {
  let directory: String
  private let version: CIFARVersion

  /// The number of images that are read at once.
  private static let imagesAtOnce = 1024

  /// Whether a directory holds any batch.
  static func isPresent(in directory: String) -> Bool { CIFARDataset(directory: directory) != nil }

  /// Nil where a directory holds no batch.
  init?(directory: String) {
    guard let version = CIFARVersion.allCases.first(where: { $0.isPresent(in: directory) }) else { return nil }
    (self.directory, self.version) = (directory, version)
  }

  /// Opens the batches of a split.
  func open(_ selection: DatasetSelection) throws(ExchangeError) -> OpenDataset {
    let place = Dataset.Origin.Place(file: directory)
    try selection.checkNoOverrides(at: place)
    let (split, names, remark) = try batches(selection, place)
    let paths = names.map { "\(directory)/\($0)" }
    var batches: [any CIFARBatch] = []
    for path in paths { batches.append(try version.batch(path)) }
    let count = batches.reduce(0) { $0 + $1.count }
    let rows = try selection.rows(of: count, at: place)
    let scale = PixelScale(of: .byte, selection)
    let head = OpenDataset.Head(
      name: Dataset.name(ofPath: directory), split: split, imageShape: CIFARVersion.imageShape,
      classCount: version.classCount,
      classNames: version.classNames(in: directory), pixelRange: scale.range, pixelDivisor: scale.divisor,
      digest: try FileDigest(ofFiles: paths),
      detection: "\(names.joined(separator: ", ")): \(count) records of \(version.title), NCHW uint8, "
        + scale.detection + (remark.map { "; \($0)" } ?? ""),
      origin: Dataset.Origin(images: place, labels: place))
    return try OpenDataset(rows, labels: nil, head) { [batches] in try Self.images($0, of: batches, scale) }
  }

  /// The split that is read, and the names of its files.
  private func batches(
    _ selection: DatasetSelection, _ place: Dataset.Origin.Place
  ) throws(ExchangeError) -> (split: String, names: [String], remark: String?) {
    let present = version.batches.keys.sorted().filter { split in
      version.batches[split]?.contains { InputFile.exists("\(directory)/\($0)") } ?? false
    }
    let chosen = selection.split(among: present)
    let split = chosen?.name ?? selection.split
    guard let names = version.batches[split] else {
      throw place.error(expected: "the split train or test", found: selection.split)
    }
    return (split, names, chosen?.remark)
  }

  private static func images(
    _ rows: Range<Int>, of batches: [any CIFARBatch], _ scale: PixelScale
  ) throws(ExchangeError) -> (images: Tensor<Float>, labels: [Int]) {
    let scaled = scale.bytes
    var pixels: [Float] = []
    var labels: [Int] = []
    pixels.reserveCapacity(rows.count * CIFARVersion.imageShape.count)
    var first = 0
    for batch in batches {
      let here = rows.clamped(to: first..<first + batch.count)
      for start in stride(from: here.lowerBound, to: here.upperBound, by: imagesAtOnce) {
        let part = start - first..<min(start + imagesAtOnce, here.upperBound) - first
        let records = try batch.records(part)
        labels += records.labels
        pixels += records.pixels.lazy.map { scaled[Int($0)] }
      }
      first += batch.count
    }
    return (Tensor(shape: CIFARVersion.imageShape.batched(labels.count), scalars: pixels), labels)
  }
}
