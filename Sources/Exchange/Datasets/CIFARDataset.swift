import Networks

/// A directory with the binary batches of CIFAR-10: records of a label and 3×32×32 bytes, channels first.
///
/// Krizhevsky, *Learning multiple layers of features from tiny images*, 2009.
struct CIFARDataset {
  let directory: String

  private static let imageShape: Shape = [3, 32, 32]
  private static let recordBytes = 1 + 3 * 32 * 32
  private static let classCount = 10
  /// The number of records that are read at once.
  private static let recordsAtOnce = 1024
  private static let batches = [
    "train": (1...5).map { "data_batch_\($0).bin" }, "test": ["test_batch.bin"],
  ]

  /// Whether a directory holds any batch.
  static func isPresent(in directory: String) -> Bool {
    batches.values.joined().contains { InputFile.exists("\(directory)/\($0)") }
  }

  func read(_ selection: DatasetSelection) throws(ExchangeError) -> Dataset {
    let place = Dataset.Origin.Place(file: directory)
    try selection.checkNoOverrides(at: place)
    let present = Self.batches.keys.sorted().filter { split in
      Self.batches[split]?.contains { InputFile.exists("\(directory)/\($0)") } ?? false
    }
    let chosen = selection.split(among: present)
    let split = chosen?.name ?? selection.split
    guard let names = Self.batches[split] else {
      throw place.error(expected: "the split train or test", found: selection.split)
    }
    let paths = names.map { "\(directory)/\($0)" }
    var counts: [Int] = []
    for path in paths { counts.append(try Self.recordCount(path)) }
    let rows = try selection.rows(of: counts.reduce(0, +), at: place)
    let scale = PixelScale(ofBytes: selection)
    let (images, labels) = try Self.records(rows, of: paths, counts, scale)
    return try Dataset(
      name: Dataset.name(ofPath: directory), split: split, images: images, labels: labels, ids: Array(rows),
      classCount: Self.classCount, classNames: classNames(), pixelRange: scale.range,
      digest: try FileDigest(ofFiles: paths),
      detection: "\(names.joined(separator: ", ")): \(counts.reduce(0, +)) records of CIFAR-10, NCHW uint8, "
        + scale.detection + (chosen?.remark.map { "; \($0)" } ?? ""),
      origin: Dataset.Origin(images: place, labels: place))
  }

  private static func recordCount(_ path: String) throws(ExchangeError) -> Int {
    let size = try InputFile(path).size
    guard size > 0, size.isMultiple(of: recordBytes) else {
      throw ExchangeError(file: path, expected: "records of \(recordBytes) bytes", found: "\(size) bytes")
    }
    return size / recordBytes
  }

  private static func records(
    _ rows: Range<Int>, of paths: [String], _ counts: [Int], _ scale: PixelScale
  ) throws(ExchangeError) -> (images: Tensor<Float>, labels: [Int]) {
    let scaled = scale.bytes
    var pixels: [Float] = []
    var labels: [Int] = []
    pixels.reserveCapacity(rows.count * imageShape.count)
    var first = 0
    for (path, count) in zip(paths, counts) {
      let here = rows.clamped(to: first..<first + count)
      let file = try InputFile(path)
      for start in stride(from: here.lowerBound, to: here.upperBound, by: recordsAtOnce) {
        let wanted = min(recordsAtOnce, here.upperBound - start) * recordBytes
        let bytes = try file.read(atMost: wanted, from: (start - first) * recordBytes)
        guard bytes.count == wanted else {
          throw ExchangeError(file: path, expected: "\(wanted) bytes", found: "\(bytes.count)")
        }
        for record in stride(from: 0, to: wanted, by: recordBytes) {
          labels.append(Int(bytes[record]))
          pixels += bytes[record + 1..<record + recordBytes].lazy.map { scaled[Int($0)] }
        }
      }
      first += count
    }
    return (Tensor(shape: imageShape.batched(labels.count), scalars: pixels), labels)
  }

  /// One name on each line of `batches.meta.txt`, where that is there.
  private func classNames() -> [String]? {
    guard let file = try? InputFile(directory + "/batches.meta.txt"), let bytes = try? file.read(atMost: 1 << 16) else {
      return nil
    }
    let names = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
    return names.count == Self.classCount ? names : nil
  }
}
