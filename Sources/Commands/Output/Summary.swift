internal import Exchange
internal import Networks
internal import Reports
internal import Wording

/// A model in `--json`.
struct ModelSummary: Encodable {
  let path: String
  let sha256: String
  let parameters: Int

  init(_ file: ModelFile, path: String) {
    self.path = path
    sha256 = file.sha256
    parameters = file.network.parameterCount
  }

  init(_ model: LoadedModel) {
    self.init(model.file, path: model.path)
  }
}

/// A dataset in `--json`.
struct DataSummary: Encodable {
  let path: String
  let split: String
  let sha256: String?
  let imageShape: [Int]
  let classes: Int
  let pixelRange: PixelBox
  /// Why in this range, where the network decided it or does not fit it.
  let pixelRemark: String?
  let detection: String
  let fit: String?

  init(_ data: Dataset, path: String) {
    pixelRange = data.pixelRange
    pixelRemark = data.pixelNote?.description
    detection = data.detection
    fit = data.fit
    self.path = path
    split = data.split
    sha256 = data.sha256
    imageShape = data.imageShape.extents
    classes = data.classCount
  }
}

/// Lines above a table: what it is about.
struct Heading {
  private var lines: [(name: String, text: String)] = []
  /// Whether doubts stand here. Where they are warnings below the table, they do not stand above it too.
  private let holdsDoubts: Bool

  init(holdsDoubts: Bool = true) {
    self.holdsDoubts = holdsDoubts
  }

  mutating func add(_ name: String, _ text: String) {
    lines.append((name, text))
  }

  mutating func add(_ model: LoadedModel) {
    add("model", "\(model.path) (\(NumberFormat.count(model.file.network.parameterCount)) parameters)")
    for note in model.notes { add(note) }
  }

  mutating func add(_ note: Note, as name: String = "note") {
    if holdsDoubts || note.warning == nil { add(name, "\(note)") }
  }

  /// How a dataset was understood is said where it was given, and not of the one that ships.
  mutating func add(_ data: Dataset, path: String, isGiven: Bool) {
    let isVector = data.imageShape.rank == 1
    let images = isVector ? counted(data.count, "vector", "vectors") : counted(data.count, "image", "images")
    let classes = counted(data.classCount, "class", "classes")
    add("data", "\(path), \(data.split): \(images) of \(data.imageShape), \(classes)")
    if isGiven, !data.detection.isEmpty { add("found", data.detection) }
    if let fit = data.fit { add("taken", fit) }
    if let note = data.pixelNote { add(note, as: "pixels") }
    if data.clampedPixels > 0 {
      add("note", "pixels outside the range by rounding alone, moved to its end: \(data.clampedPixels)")
    }
  }

  /// The lines, broken between words where they are wider than a terminal: what follows stands below the text, not below
  /// the name.
  func text(fitting limit: Int? = Terminal.standardOutput.tableWidth) -> String {
    let column = (lines.map(\.name.count).max() ?? 0) + 2
    return lines.map { name, text in
      let rows = limit.map { text.wrapped(to: $0, indent: column) } ?? String(repeating: " ", count: column) + text
      return name + rows.dropFirst(name.count)
    }.joined(separator: "\n")
  }
}

extension Shape {
  /// What examples of this shape are: `images of 1×28×28`, `vectors of 784`.
  var examples: String { rank == 1 ? "vectors of \(self)" : "images of \(self)" }
}

extension String {
  /// The text broken between words where it is wider than a terminal.
  func fitting(_ width: Int?) -> String { width.map { wrapped(to: $0) } ?? self }
}

/// `1 image`, `360 images`.
func counted(_ count: Int, _ one: String, _ many: String) -> String {
  "\(NumberFormat.count(count)) \(count == 1 ? one : many)"
}
