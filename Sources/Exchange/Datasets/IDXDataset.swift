import Networks

/// A directory with the four files in which MNIST, Fashion-MNIST and Kuzushiji-MNIST are distributed.
struct IDXDataset {
  let directory: String

  /// The prefix of the files of each split.
  private static let prefixes: [(split: String, prefix: String)] = [("train", "train"), ("test", "t10k")]

  /// Whether any of the files is there.
  var isPresent: Bool {
    Self.prefixes.contains { hasFiles($0.prefix) }
  }

  private func hasFiles(_ prefix: String) -> Bool {
    (candidates(prefix, "images", rank: 3) + candidates(prefix, "labels", rank: 1)).contains(where: InputFile.exists)
  }

  /// Opens the files of a split, and reads the labels.
  func open(_ selection: DatasetSelection) throws(ExchangeError) -> OpenDataset {
    let place = Dataset.Origin.Place(file: directory)
    try selection.checkNoOverrides(at: place)
    let (split, prefix, remark) = try split(selection, place)
    let scale = PixelScale(of: .byte, selection)
    let (imagesPath, labelsPath) = (try find(prefix, "images", rank: 3), try find(prefix, "labels", rank: 1))
    let images = try IDXImages(imagesPath)
    let count = images.shape[0]
    let labels = try labels(labelsPath)
    let origin = Dataset.Origin(images: .init(file: imagesPath), labels: .init(file: labelsPath))
    let rows = try selection.rows(of: count, at: origin.images)
    guard count == labels.count else {
      throw origin.labels.error(expected: "\(count) labels, one for each image", found: "\(labels.count)")
    }
    guard images.shape.example.count > 0 else {
      throw origin.images.error(expected: "at least one pixel", found: "\(images.shape)")
    }
    let head = OpenDataset.Head(
      name: Dataset.name(ofPath: directory), split: split, imageShape: [1, images.shape[1], images.shape[2]],
      classCount: try classCount(labels, besides: prefix), pixelRange: scale.range,
      pixelDivisor: scale.divisor, digest: try FileDigest(ofFiles: [imagesPath, labelsPath]),
      detection: "\(imagesPath): \(count) images as NHW uint8, \(scale.detection); \(labelsPath): uint8 labels"
        + (remark.map { "; \($0)" } ?? ""),
      origin: origin)
    let classes = labels.map { Int($0) }
    return try OpenDataset(rows, labels: classes[rows], head) { part in
      let pixels = try images.pixels(part, scale.bytes, toEnd: part.upperBound == rows.upperBound)
      return (pixels, Array(classes[part]))
    }
  }

  /// The split that is read, and the prefix of its files. If its files are missing, the error names them.
  private func split(
    _ selection: DatasetSelection, _ place: Dataset.Origin.Place
  ) throws(ExchangeError) -> (name: String, prefix: String, remark: String?) {
    let present = Self.prefixes.filter { hasFiles($0.prefix) }
    let chosen = selection.split(among: present.map(\.split))
    guard let prefix = Self.prefixes.first(where: { $0.split == chosen?.name ?? selection.split })?.prefix else {
      throw place.error(expected: "the split train or test", found: selection.split)
    }
    return (chosen?.name ?? selection.split, prefix, chosen?.remark)
  }

  private func labels(_ path: String) throws(ExchangeError) -> [UInt8] {
    var file = try IDXFile(path, rank: 1)
    return try file.elements(of: 0..<file.shape[0], toEnd: true) { $0 }
  }

  /// A split may lack the last class, so both splits are looked at.
  private func classCount(_ labels: [UInt8], besides prefix: String) throws(ExchangeError) -> Int {
    var largest = labels.max() ?? 0
    for (_, other) in Self.prefixes where other != prefix {
      guard let path = candidates(other, "labels", rank: 1).first(where: InputFile.exists) else { continue }
      largest = max(largest, try self.labels(path).max() ?? 0)
    }
    return Int(largest) + 1
  }

  private func candidates(_ prefix: String, _ part: String, rank: Int) -> [String] {
    ["-idx", ".idx"].flatMap { separator in
      ["", ".gz"].map { "\(directory)/\(prefix)-\(part)\(separator)\(rank)-ubyte\($0)" }
    }
  }

  private func find(_ prefix: String, _ part: String, rank: Int) throws(ExchangeError) -> String {
    guard let path = candidates(prefix, part, rank: rank).first(where: InputFile.exists) else {
      throw ExchangeError(
        kind: .missing, file: directory,
        message: "expected the IDX file \(prefix)-\(part)-idx\(rank)-ubyte, plain or .gz, found none")
    }
    return path
  }
}

/// The images of an IDX file, which is read from its beginning to its end, and again from its beginning for rows that
/// have been passed.
private final class IDXImages {
  let shape: Shape
  private let path: String
  private var file: IDXFile

  init(_ path: String) throws(ExchangeError) {
    self.path = path
    file = try IDXFile(path, rank: 3)
    shape = file.shape
  }

  /// The pixels of some rows, each of which is `scaled` of its byte. `toEnd` tells to read the rest of the file, too, which
  /// checks its size and its checksum.
  func pixels(_ rows: Range<Int>, _ scaled: [Float], toEnd: Bool) throws(ExchangeError) -> Tensor<Float> {
    if rows.lowerBound < file.row { file = try IDXFile(path, rank: 3) }
    let scalars = try file.elements(of: rows, toEnd: toEnd) { scaled[Int($0)] }
    return Tensor(shape: [rows.count, 1, shape[1], shape[2]], scalars: scalars)
  }
}
